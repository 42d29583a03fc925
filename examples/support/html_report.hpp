#pragma once
// A page that stands alone: text, tables and pictures in one file of HTML.

#include <cstddef>
#include <cstdint>
#include <eigenerate/io/file_source.hpp>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "program.hpp"

namespace examples {

/// Text as it stands between tags and in attributes.
inline std::string html_text(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '&')
      safe += "&amp;";
    else if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (c == '"')
      safe += "&quot;";
    else
      safe += c;
  }
  return safe;
}

/// RFC 4648, padded.
inline std::string base64(std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 3; ++k)
      word = word << 8 | (i + k < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k)
      text += i + k <= bytes.size() ? digits[word >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

class HtmlReport {
 public:
  explicit HtmlReport(std::string_view title)
      : text_(fmt::format(R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{0}</title>
<style>
body {{ font: 15px/1.5 sans-serif; max-width: 72em; margin: 2em auto; padding: 0 1em; color: #222;
background: #fff; }}
table {{ border-collapse: collapse; margin: 1em 0; }}
td, th {{ padding: .25em .8em; text-align: right; border-bottom: 1px solid #ddd; }}
td:first-child, th:first-child, td.words {{ text-align: left; }}
tr.section td {{ font-weight: bold; padding-top: 1em; }}
figure {{ display: inline-block; margin: .5em; }}
figcaption {{ font-size: 90%; }}
img {{ image-rendering: pixelated; }}
</style></head>
<body>
<h1>{0}</h1>
)",
                          html_text(title))) {}

  void heading(std::string_view text) { text_ += fmt::format("<h2>{}</h2>\n", html_text(text)); }
  void paragraph(std::string_view text) { text_ += fmt::format("<p>{}</p>\n", html_text(text)); }
  /// A PNG file, in the page itself.
  void picture(const std::filesystem::path& png, std::string_view caption) {
    FileSource file(png);
    std::vector<std::byte> bytes(static_cast<std::size_t>(file.size()));
    file.read(bytes);
    text_ += fmt::format(
        R"(<figure><img alt="{0}" src="data:image/png;base64,{1}"><figcaption>{0}</figcaption></figure>
)",
        html_text(caption), base64(bytes));
  }
  void begin_table(const std::vector<std::string>& headings) {
    text_ += "<table>\n<tr>";
    for (const std::string& heading : headings) text_ += fmt::format("<th>{}</th>", html_text(heading));
    text_ += "</tr>\n";
  }
  /// A row of one cell, over all columns.
  void section(std::string_view text, std::size_t columns) {
    text_ += fmt::format("<tr class=\"section\"><td colspan=\"{}\">{}</td></tr>\n", columns, html_text(text));
  }
  /// Numbers to the right, the first cell and those that are words to the left.
  void row(const std::vector<std::string>& cells, std::size_t words_from) {
    text_ += "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i)
      text_ += fmt::format("<td{}>{}</td>", i >= words_from ? " class=\"words\"" : "", html_text(cells[i]));
    text_ += "</tr>\n";
  }
  void end_table() { text_ += "</table>\n"; }

  void write(const std::filesystem::path& path) const { write_text(path, text_ + "</body></html>\n"); }

 private:
  std::string text_;
};

}  // namespace examples

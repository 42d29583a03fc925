#pragma once
#include <eigenerate/eigenerate.hpp>

eigenerate::Vae<float> make();
eigenerate::Matrix<float> trained(eigenerate::Vae<float> vae);  // its samples after a few steps

"""Vector quantization (van den Oord et al. 2017) and masked convolutions (van den Oord et al. 2016), layers and models."""

import torch
from torch import nn
from torch.nn import functional as F

import conditions
import golden
import second_order


def nearest(x, codebook):
    """The numbers of the codes nearest to the vectors of channels of a batch of images."""
    return torch.cdist(x.permute(0, 2, 3, 1).flatten(0, 2), codebook).argmin(1)


def as_images(vectors, like):
    batch, channels, height, width = like.shape
    return vectors.reshape(batch, height, width, channels).permute(0, 3, 1, 2)


class Codebook:
    """The codes of one training pass, as averages that follow its batch afterwards, or as a parameter."""

    def __init__(self, name, codes, size, gradient, decay, smoothing):
        self.codes, self.decay = codes, decay
        self.hyper_parameters = {"codes": codes, "gradient": gradient, "decay": decay, "smoothing": smoothing}
        if gradient:
            self.book = golden.random(f"{name}/codebook", codes, size).requires_grad_()
            self.before = {"codebook": self.book}
        else:
            counts = golden.random(f"{name}/counts", codes, low=2, high=5)
            sums = golden.random(f"{name}/sums", codes, size) * counts[:, None]
            n = counts.sum()
            self.book = sums / ((counts + smoothing) / (n + codes * smoothing) * n)[:, None]
            self.before = {"codebook": torch.zeros(codes, size), "counts": counts, "sums": sums}

    def quantize(self, x):
        """The numbers of the nearest codes, and these codes in the place of the pixels' vectors."""
        k = nearest(x, self.book)
        return k, as_images(self.book[k], x)

    def moved(self, x, k):
        chosen = F.one_hot(k, self.codes).double()
        vectors = x.permute(0, 2, 3, 1).flatten(0, 2)
        after = {"counts": chosen.sum(0), "sums": chosen.T @ vectors}
        return {"codebook": self.book,
                **{key: self.decay * self.before[key] + (1 - self.decay) * value for key, value in after.items()}}


def quantizer_case(name, codes, shape, gradient=False, batch=3):
    """One training pass: its codes come from the averages that were there, which then follow the batch."""
    x = golden.random(f"{name}/x", batch, *shape).requires_grad_()
    dy = golden.random(f"{name}/dy", batch, *shape)
    codebook = Codebook(name, codes, shape[0], gradient, decay=0.9, smoothing=1e-2)
    k, e = codebook.quantize(x)
    (dy * (x + (e - x).detach())).sum().backward()
    case = {**codebook.hyper_parameters, "x": x, "dy": dy, "y": e, "dx": x.grad}
    if gradient:
        (dy * e).sum().backward()
        return {**case, "parameters": codebook.before, "gradients": {"codebook": codebook.book.grad}}
    return {**case, "buffers": codebook.before, "moved buffers": codebook.moved(x, k)}


def vq_vae_case(name, gradient=False, commitment=0.25, batch=3):
    """One step of a VQ-VAE: the decoder's gradient goes straight through."""
    encoder = golden.randomize(nn.Sequential(nn.Conv2d(1, 3, 2, stride=2), nn.Tanh(), nn.Conv2d(3, 2, 1)),
                               f"{name}/encoder")
    decoder = golden.randomize(nn.Sequential(nn.ConvTranspose2d(2, 3, 2, stride=2), nn.SiLU(), nn.Conv2d(3, 1, 3, padding=1)),
                               f"{name}/decoder")
    x = golden.random(f"{name}/x", batch, 1, 4, 6, low=0, high=1)
    with torch.no_grad():  # vectors around zero, as the codes are
        encoder[2].weight.mul_(8)
        encoder[2].bias.sub_(encoder(x).mean((0, 2, 3)))
    h = encoder(x)
    codebook = Codebook(name, 5, 2, gradient, decay=0.9, smoothing=1e-2)
    k, e = codebook.quantize(h)
    logits = decoder(h + (e - h).detach())
    reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1).mean()
    difference = lambda a, b: ((a - b)**2).flatten(1).sum(1).mean()
    loss = reconstruction + commitment * difference(h, e.detach())
    if gradient:
        loss = loss + difference(h.detach(), e)
    loss.backward()
    share = F.one_hot(k, 5).double().mean(0)
    return {
        **codebook.hyper_parameters, "commitment_weight": commitment, "x": x,
        "encoder": golden.parameters(encoder), "decoder": golden.parameters(decoder), "quantizer": codebook.before,
        "loss": loss, "reconstruction": reconstruction, "commitment": difference(h, e),
        "perplexity": torch.exp(torch.special.entr(share).sum()), "codes_used": (share > 0).double().mean(),
        "numbers": k.reshape(batch, -1).double(),
        "encoder_gradients": golden.gradients(encoder), "decoder_gradients": golden.gradients(decoder),
        **({"quantizer_gradients": {"codebook": codebook.book.grad}} if gradient
           else {"moved": codebook.moved(h.detach(), k)}),
    }


class MaskedConv2d(nn.Conv2d):
    """A pixel sees the pixels before it, row by row, and with `sees_center` itself."""

    def __init__(self, inputs, outputs, kernel, sees_center, bias=True):
        height, width = kernel
        super().__init__(inputs, outputs, kernel, padding=(height // 2, width // 2), bias=bias)
        self.mask = torch.zeros(height * width)
        self.mask[:height // 2 * width + width // 2 + int(sees_center)] = 1
        self.mask = self.mask.reshape(height, width)

    def forward(self, x):
        return F.conv2d(x, self.weight * self.mask, self.bias, padding=self.padding)


def masked_case(name, inputs, outputs, kernel, sees_center, bias, *shape):
    module = golden.randomize(MaskedConv2d(inputs, outputs, kernel, sees_center, bias), name)
    return {"kernel": list(kernel), "sees_center": sees_center, "bias": bias,
            **second_order.case(module, name, *shape, inputs, 4, 5)}


def pixel_cnn_case(name, classes=0, batch=4):
    """One step of an autoregressive network of categories; the labels scale and shift channels (Modulate)."""
    modules = [MaskedConv2d(4, 3, (3, 3), False), nn.Tanh(), MaskedConv2d(3, 4, (3, 3), True)]
    if classes > 0:
        modules.insert(1, conditions.Modulate(classes, 3))
    network = golden.randomize(nn.Sequential(*modules), name)
    x = (4 * golden.random(f"{name}/x", batch, 2, 3, low=0, high=1)).long()
    labels = [0, 2, 1, 1]
    code = F.one_hot(torch.tensor(labels), 3).double()
    y = F.one_hot(x, 4).double().permute(0, 3, 1, 2)
    for module in network:
        y = module(y, code) if isinstance(module, conditions.Modulate) else module(y)
    log_p = -F.cross_entropy(y, x, reduction="none").flatten(1).sum(1)
    loss = -log_p.mean()
    loss.backward()
    return {"classes": classes, "x": x.flatten(1).double(), "labels": labels, "network": golden.parameters(network),
            "log_p": log_p.tolist(), "loss": loss, "gradients": golden.gradients(network)}


def write():
    golden.write("layers/vector_quantizer", {
        "averages": quantizer_case("averages", 5, (3, 2, 4)),
        "one pixel": quantizer_case("one pixel", 4, (2, 1, 1), batch=7),
        "gradient": quantizer_case("gradient", 6, (2, 3, 2), gradient=True),
    })
    golden.write("layers/masked_conv2d", {
        "mask A": masked_case("mask A", 2, 3, (3, 3), False, True, 3),
        "mask B": masked_case("mask B", 3, 2, (5, 3), True, False, 2),
    })
    golden.write("models/vq_vae", {
        "averages": vq_vae_case("vq averages"),
        "gradient": vq_vae_case("vq gradient", gradient=True, commitment=0.6),
    })
    golden.write("models/pixel_cnn", {
        "unconditional": pixel_cnn_case("pixel cnn"),
        "conditional": pixel_cnn_case("conditional pixel cnn", classes=3),
    })

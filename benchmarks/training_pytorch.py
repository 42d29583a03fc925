#!/usr/bin/env python3
"""The PyTorch peer: the same training steps and the same generation as training.cpp.

Answers the requests of support/serve.hpp; precision is float32 or bf16 (autocast). OMP_NUM_THREADS applies, and
OPENBLAS_NUM_THREADS where PyTorch multiplies with OpenBLAS.
"""
import json
import os
import re
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

REQUEST = dict(task="train", model="mlp_vae", precision="float32", batch=128, width=400, depth=1, samples=4096, seconds=0.5)


def autocast(precision):
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16")


class NoiseImages:
    """Shuffled batches of images of noise in [low, 1]."""

    def __init__(self, shape, low, batch, samples):
        self.images = low + (1 - low) * torch.rand(samples, *shape)
        self.batch = batch
        self.batches = iter(())

    def next(self):
        positions = next(self.batches, None)
        if positions is None:
            self.batches = iter(torch.randperm(len(self.images)).split(self.batch))
            positions = next(self.batches)
        return self.images[positions]


# ---- The four models ------------------------------------------------------------------------------------------------

class Vae:
    def __init__(self, encoder, decoder, shape):
        self.encoder, self.decoder, self.shape, self.latent = encoder, decoder, shape, 20
        self.optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], 1e-3)

    def generator(self):
        return nn.Sequential(self.decoder, nn.Sigmoid())

    def train_step(self, x, precision):
        self.optimizer.zero_grad(set_to_none=True)
        with autocast(precision):
            mean, log_variance = self.encoder(x).float().chunk(2, 1)
            z = torch.addcmul(mean, torch.exp(0.5 * log_variance), torch.randn_like(mean))
            logits = self.decoder(z)
        reconstruction = F.binary_cross_entropy_with_logits(logits.float(), x, reduction="sum")
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum()
        loss = (reconstruction + kl) / len(x)
        loss.backward()
        self.optimizer.step()
        return loss.item()


class Gan:
    def __init__(self, generator, discriminator, shape):
        self.g, self.d, self.shape, self.latent = generator, discriminator, shape, 100
        self.g_optimizer = torch.optim.Adam(generator.parameters(), 2e-4, (0.5, 0.999))
        self.d_optimizer = torch.optim.Adam(discriminator.parameters(), 2e-4, (0.5, 0.999))

    def generator(self):
        return self.g

    def train_step(self, x, precision):
        self.d_optimizer.zero_grad(set_to_none=True)
        with autocast(precision):
            fake = self.g(torch.randn(len(x), self.latent))
            real_logits, fake_logits = self.d(x), self.d(fake.detach())
        d_loss = F.softplus(-real_logits.float()).mean() + F.softplus(fake_logits.float()).mean()
        d_loss.backward()
        self.d_optimizer.step()

        self.g_optimizer.zero_grad(set_to_none=True)
        self.d.requires_grad_(False)  # the discriminator lends its input gradient only
        with autocast(precision):
            logits = self.d(fake)
        g_loss = F.softplus(-logits.float()).mean()
        g_loss.backward()
        self.g_optimizer.step()
        self.d.requires_grad_(True)
        return d_loss.item() + g_loss.item()


def perceptrons(inputs, width, depth, outputs):
    layers = [nn.Linear(inputs, width), nn.ReLU(True)]
    for _ in range(depth - 1):
        layers += [nn.Linear(width, width), nn.ReLU(True)]
    return nn.Sequential(*layers, nn.Linear(width, outputs))


def mlp_vae(width=400, depth=1):
    return Vae(perceptrons(784, width, depth, 40), perceptrons(20, width, depth, 784), (784,))


def conv_vae():
    return Vae(nn.Sequential(nn.Conv2d(1, 32, 4, 2, 1), nn.ReLU(True), nn.Conv2d(32, 64, 4, 2, 1), nn.ReLU(True),
                             nn.Flatten(), nn.Linear(64 * 7 * 7, 40)),
               nn.Sequential(nn.Linear(20, 64 * 7 * 7), nn.ReLU(True), nn.Unflatten(1, (64, 7, 7)),
                             nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.ReLU(True), nn.ConvTranspose2d(32, 1, 4, 2, 1)),
               (1, 28, 28))


def mlp_gan():
    return Gan(nn.Sequential(nn.Linear(100, 256), nn.LeakyReLU(0.2, True), nn.Linear(256, 512),
                             nn.LeakyReLU(0.2, True), nn.Linear(512, 784), nn.Tanh()),
               nn.Sequential(nn.Linear(784, 512), nn.LeakyReLU(0.2, True), nn.Dropout(0.3), nn.Linear(512, 256),
                             nn.LeakyReLU(0.2, True), nn.Dropout(0.3), nn.Linear(256, 1)), (784,))


def dcgan():
    model = Gan(nn.Sequential(nn.Linear(100, 128 * 7 * 7), nn.Unflatten(1, (128, 7, 7)), nn.BatchNorm2d(128),
                              nn.ReLU(True), nn.ConvTranspose2d(128, 64, 4, 2, 1), nn.BatchNorm2d(64), nn.ReLU(True),
                              nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh()),
                nn.Sequential(nn.Conv2d(1, 64, 4, 2, 1), nn.LeakyReLU(0.2, True), nn.Conv2d(64, 128, 4, 2, 1),
                              nn.BatchNorm2d(128), nn.LeakyReLU(0.2, True), nn.Flatten(), nn.Linear(128 * 7 * 7, 1)),
                (1, 28, 28))
    for network in (model.g, model.d):
        for module in network:
            if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.normal_(module.weight, 0, 0.02)
    return model


# ---- Steps ----------------------------------------------------------------------------------------------------------

def make_step(r):
    model = mlp_vae(r["width"], r["depth"]) if r["model"] == "mlp_vae" else globals()[r["model"]]()
    if r["task"] == "train":
        data = NoiseImages(model.shape, 0 if isinstance(model, Vae) else -1, r["batch"], r["samples"])
        return lambda: model.train_step(data.next(), r["precision"])

    network = model.generator().eval()
    z = torch.randn(r["batch"], model.latent)
    with torch.inference_mode():
        if r["precision"] == "float32":  # the fastest form that it has; it does not go with autocast
            network = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.script(network)))

    def generate():
        with torch.inference_mode(), autocast(r["precision"]):
            return network(torch.randn_like(z))
    return generate


def time_steps(step, seconds):
    begin = time.perf_counter()
    step()
    block = max(1, int(1e-4 / max(time.perf_counter() - begin, 1e-7)))
    steps, wall, cpu = 0, time.perf_counter(), time.process_time()
    while True:
        for _ in range(block):
            step()
        steps += block
        if time.perf_counter() - wall >= seconds:
            break
    return steps, (time.perf_counter() - wall) / steps, (time.process_time() - cpu) / steps


def peak_memory_mib():
    return int(re.search(r"VmHWM:\s*(\d+)", open("/proc/self/status").read())[1]) / 1024


def description():
    """What it multiplies with: the libraries that are mapped say more than the build's flags."""
    maps = open("/proc/self/maps").read()
    blas = sorted(set(os.path.realpath(m) for m in re.findall(r"/\S*(?:blas|mkl)\S*\.so\S*", maps)))
    dnn = re.search(r"(?:oneDNN|MKL-DNN)\) v[\d.]+|MKL-DNN v[\d.]+", torch.__config__.show())
    return ", ".join([torch.__version__, *(["oneDNN " + dnn[0].split("v")[-1]] if dnn else []), *blas])


def main():
    threads = int(os.environ.get("OMP_NUM_THREADS", os.cpu_count()))
    torch.set_num_threads(threads)
    print(json.dumps(dict(program="training_pytorch", version=description(), precision="float32",
                          threads=torch.get_num_threads())), flush=True)
    key, steps = None, {}
    for line in sys.stdin:
        r = dict(REQUEST)
        for name, value in (word.split("=") for word in line.split()):
            r[name] = type(REQUEST[name])(value)
        if key != (key := tuple(v for k, v in r.items() if k not in ("seconds", "precision"))):
            steps.clear()  # the old models go before the new ones come
        if r["precision"] not in steps:
            steps[r["precision"]] = make_step(r)
            for _ in range(2 if r["task"] == "train" else 5):  # what is compiled while it runs takes longer
                steps[r["precision"]]()
        count, wall, cpu = time_steps(steps[r["precision"]], r["seconds"])
        print(json.dumps(dict(steps=count, wall=wall, cpu=cpu, memory_mib=peak_memory_mib())), flush=True)


if __name__ == "__main__":
    main()

"""The flops of the reference models: those of their products, 2 for each multiply-add."""


def halving(in_channels, in_size, out_channels):
    """Multiply-adds per image of a 4×4 convolution with stride 2, and of the transposed one that it is the adjoint of."""
    return (in_size // 2) ** 2 * out_channels * 16 * in_channels


# Multiply-adds per sample of each layer with weights, and the number of its weights.
def linear(inputs, outputs):
    return inputs * outputs, inputs * outputs


def convolution(in_channels, in_size, out_channels):
    return halving(in_channels, in_size, out_channels), 16 * in_channels * out_channels


MODELS = {  # what encodes or discriminates, and what generates
    "mlp_vae": ([linear(784, 400), linear(400, 40)], [linear(20, 400), linear(400, 784)]),
    "conv_vae": ([convolution(1, 28, 32), convolution(32, 14, 64), linear(3136, 40)],
                 [linear(20, 3136), convolution(32, 14, 64), convolution(1, 28, 32)]),
    "mlp_gan": ([linear(784, 512), linear(512, 256), linear(256, 1)],
                [linear(100, 256), linear(256, 512), linear(512, 784)]),
    "dcgan": ([convolution(1, 28, 64), convolution(64, 14, 128), linear(6272, 1)],
              [linear(100, 6272), convolution(64, 14, 128), convolution(1, 28, 64)]),
}


def step_flops(model):
    """Per image of a training step. A first layer whose input is data or latent vectors has no input gradient."""
    judge, generate = ([flops for flops, _ in layers] for layers in MODELS[model])
    if model.endswith("vae"):  # forward, weight gradient, input gradient; z has one
        return 2 * (3 * sum(judge) - judge[0] + 3 * sum(generate))
    own = 3 * sum(judge) - judge[0]  # the discriminator's step, once with data and once with generated images
    lent = 2 * sum(judge)            # the generator's step takes its forward pass and input gradients
    return 2 * (2 * own + lent + 3 * sum(generate) - generate[0])


def generation_flops(model):
    return 2 * sum(flops for flops, _ in MODELS[model][1])


def generation_bytes(model):
    """Of the generator's weights."""
    return 4 * sum(weights for _, weights in MODELS[model][1])

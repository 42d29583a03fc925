"""Whole steps of the models, on the very random numbers that the library draws: Philox is written here a second time."""

import math

import torch
from torch import nn
from torch.nn import functional as F

import conditions
import golden

# core/random.hpp, Purpose
LATENT, REPARAMETERIZATION, PENALTY = 4, 5, 8


def philox(c, k):
    """Philox4x32-10 (Salmon et al. 2011)."""
    mask = 0xFFFFFFFF
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & mask, (p0 >> 32) ^ c[3] ^ k[1], p0 & mask]
        k = [(k[0] + 0x9E3779B9) & mask, (k[1] + 0xBB67AE85) & mask]
    return c


def philox_words(seed, purpose, step, block):
    """The words of the library's stream: the purpose is in the key, block and step are the counter."""
    key = philox([purpose, 0, 0, 0x80000000], [seed & 0xFFFFFFFF, seed >> 32])[:2]
    return philox([block & 0xFFFFFFFF, block >> 32, step & 0xFFFFFFFF, step >> 32], key)


def uniform(seed, purpose, step, *shape):
    count = math.prod(shape)
    words = [w for block in range((count + 3) // 4) for w in philox_words(seed, purpose, step, block)]
    return torch.tensor([(w + 0.5) / 2**32 for w in words[:count]]).reshape(shape)


def normal(seed, purpose, step, *shape):
    """Box and Muller, both branches, two pairs of words per block."""
    count = math.prod(shape)
    u = uniform(seed, purpose, step, (count + 3) // 4 * 2, 2)
    radius, angle = torch.sqrt(-2 * torch.log(u[:, 0])), 2 * math.pi * u[:, 1]
    return torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], 1).flatten()[:count].reshape(shape)


def vae_case(name, importance_weighted=False, samples=1, beta=1.0, classes=0, seed=9, step=2):
    batch, features, latent = 4, 6, 2
    encoder = golden.randomize(
        nn.Sequential(nn.Linear(features + classes, 5), nn.Tanh(), nn.Linear(5, 2 * latent)), f"{name}/encoder")
    decoder = golden.randomize(
        nn.Sequential(nn.Linear(latent + classes, 5), nn.SiLU(), nn.Linear(5, features)), f"{name}/decoder")
    x = golden.random(f"{name}/x", batch, features, low=0, high=1)
    labels = [2, 0, 1, 1]

    def conditioned(value, repeats):
        if classes == 0:
            return value
        code = F.one_hot(torch.tensor(labels), classes).to(value).repeat_interleave(repeats, 0)
        return torch.cat([value, code], 1)

    mean, log_variance = encoder(conditioned(x, 1)).chunk(2, 1)
    repeat = lambda value: value.repeat_interleave(samples, 0)
    noise = normal(seed, REPARAMETERIZATION, step, batch * samples, latent)
    z = repeat(mean) + torch.exp(0.5 * repeat(log_variance)) * noise
    log_px = -F.binary_cross_entropy_with_logits(decoder(conditioned(z, samples)), repeat(x), reduction="none").sum(1)
    if importance_weighted:
        standard = torch.distributions.Normal(0.0, 1.0)
        posterior = torch.distributions.Normal(repeat(mean), torch.exp(0.5 * repeat(log_variance)))
        log_w = log_px + standard.log_prob(z).sum(1) - posterior.log_prob(z).sum(1)
        loss = -(torch.logsumexp(log_w.reshape(batch, samples), 1) - math.log(samples)).mean()
        kl = (posterior.log_prob(z) - standard.log_prob(z)).sum(1).mean()
    else:
        kl = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1).mean()
        loss = -log_px.mean() + beta * kl
    loss.backward()
    return {
        "importance_weighted": importance_weighted, "samples": samples, "beta": beta, "classes": classes,
        "seed": seed, "step": step, "x": x, "labels": labels,
        "encoder": golden.parameters(encoder), "decoder": golden.parameters(decoder),
        "loss": loss, "reconstruction": -log_px.mean(), "kl": kl,
        "encoder_gradients": golden.gradients(encoder), "decoder_gradients": golden.gradients(decoder),
    }


class MaskedLinear(nn.Linear):
    """An output sees the inputs of a degree up to its own, or below it (Germain et al. 2015)."""

    def __init__(self, inputs, outputs, strict):
        super().__init__(len(inputs), len(outputs))
        i, o = torch.tensor(inputs)[None], torch.tensor(outputs)[:, None]
        self.mask = (i < o if strict else i <= o).double()

    def forward(self, x):
        return F.linear(x, self.weight * self.mask, self.bias)


class InverseAutoregressiveStep(nn.Module):
    """Kingma et al. 2016, eq. 13 to 15."""

    def __init__(self, latent, context, hidden, backwards):
        super().__init__()
        order = list(range(1, latent + 1))
        if backwards:
            order.reverse()
        middle = [i % latent for i in range(hidden)]
        self.network = nn.Sequential(nn.Identity(), MaskedLinear(order + [0] * context, middle, False), nn.ELU(),
                                     MaskedLinear(middle, order * 2, True))

    def forward(self, z, context):
        m, s = self.network(torch.cat([z, context], 1)).chunk(2, 1)
        gate = torch.sigmoid(s + 1)
        return gate * z + (1 - gate) * m, F.logsigmoid(s + 1).sum(1)


def flow_case(name, samples, seed=9, step=2):
    """One step of a VAE with an inverse-autoregressive-flow posterior under the importance-weighted bound."""
    batch, features, latent, context, hidden = 4, 6, 3, 2, 5
    encoder = golden.randomize(nn.Sequential(nn.Linear(features, 5), nn.Tanh(), nn.Linear(5, 2 * latent + context)),
                               f"{name}/encoder")
    decoder = golden.randomize(nn.Sequential(nn.Linear(latent, 5), nn.SiLU(), nn.Linear(5, features)), f"{name}/decoder")
    flow = golden.randomize(nn.Sequential(InverseAutoregressiveStep(latent, context, hidden, False),
                                          InverseAutoregressiveStep(latent, context, hidden, True)), f"{name}/flow")
    x = golden.random(f"{name}/x", batch, features, low=0, high=1)
    h = encoder(x).repeat_interleave(samples, 0)
    mean, log_variance, seen = h[:, :latent], h[:, latent:2 * latent], h[:, 2 * latent:]
    noise = normal(seed, REPARAMETERIZATION, step, batch * samples, latent)
    z = mean + torch.exp(0.5 * log_variance) * noise
    standard = torch.distributions.Normal(0.0, 1.0)
    log_q = (standard.log_prob(noise) - 0.5 * log_variance).sum(1)
    for flow_step in flow:
        z, log_gates = flow_step(z, seen)
        log_q = log_q - log_gates
    target = x.repeat_interleave(samples, 0)
    log_px = -F.binary_cross_entropy_with_logits(decoder(z), target, reduction="none").sum(1)
    log_pz = standard.log_prob(z).sum(1)
    log_w = log_px + log_pz - log_q
    loss = -(torch.logsumexp(log_w.reshape(batch, samples), 1) - math.log(samples)).mean()
    loss.backward()
    return {
        "samples": samples, "seed": seed, "step": step, "x": x,
        "decoder": golden.parameters(decoder), "posterior": golden.parameters(flow), "encoder": golden.parameters(encoder),
        "loss": loss, "reconstruction": -log_px.mean(), "kl": (log_q - log_pz).mean(),
        "decoder_gradients": golden.gradients(decoder), "posterior_gradients": golden.gradients(flow),
        "encoder_gradients": golden.gradients(encoder),
    }


def chain_case(name, samples, importance_weighted, seed=9, step=2):
    """One step of a VAE with two levels of latent vectors (Burda et al. 2016), of 2 and 1 dimensions: the decoder sees the
    first one, the prior makes it from the second, and the posterior the second from the first."""
    batch, features, first, second = 4, 6, 2, 1
    encoder = golden.randomize(nn.Sequential(nn.Linear(features, 5), nn.Tanh(), nn.Linear(5, 2 * first)), f"{name}/encoder")
    posterior = golden.randomize(nn.Sequential(nn.Linear(first, 4), nn.Tanh(), nn.Linear(4, 2 * second)), f"{name}/posterior")
    prior = golden.randomize(nn.Sequential(nn.Linear(second, 4), nn.Tanh(), nn.Linear(4, 2 * first)), f"{name}/prior")
    decoder = golden.randomize(nn.Sequential(nn.Identity(), nn.Linear(first, 5), nn.SiLU(), nn.Linear(5, features)),
                               f"{name}/decoder")
    x = golden.random(f"{name}/x", batch, features, low=0, high=1)

    def gaussian(h):
        mean, log_variance = h.chunk(2, 1)
        return torch.distributions.Normal(mean, torch.exp(0.5 * log_variance))

    noise = normal(seed, REPARAMETERIZATION, step, batch * samples, first + second)
    q1 = gaussian(encoder(x).repeat_interleave(samples, 0))
    z1 = q1.mean + q1.stddev * noise[:, :first]
    q2 = gaussian(posterior(z1))
    z2 = q2.mean + q2.stddev * noise[:, first:]
    log_px = -F.binary_cross_entropy_with_logits(decoder(z1), x.repeat_interleave(samples, 0), reduction="none").sum(1)
    log_pz = torch.distributions.Normal(0.0, 1.0).log_prob(z2).sum(1) + gaussian(prior(z2)).log_prob(z1).sum(1)
    log_q = q1.log_prob(z1).sum(1) + q2.log_prob(z2).sum(1)
    log_w = (log_px + log_pz - log_q).reshape(batch, samples)
    loss = -(torch.logsumexp(log_w, 1) - math.log(samples)).mean() if importance_weighted else -log_w.mean()
    loss.backward()
    networks = {"decoder": decoder, "posterior": posterior, "prior": prior, "encoder": encoder}
    return {
        "samples": samples, "importance_weighted": importance_weighted, "seed": seed, "step": step, "x": x,
        "loss": loss, "reconstruction": -log_px.mean(), "kl": (log_q - log_pz).mean(),
        **{name: golden.parameters(network) for name, network in networks.items()},
        **{f"{name}_gradients": golden.gradients(network) for name, network in networks.items()},
    }


def vamp_case(name, samples, doubly_reparameterized, seed=9, step=2):
    """One step of a VAE with a VampPrior under the importance-weighted bound. Doubly reparameterized, the encoder's
    gradient is the one of Tucker et al. 2019, eq. 8: the shares are detached and squared, and q's parameters are frozen
    in log q; the prior's share of the encoder learns with the decoder."""
    batch, features, latent, components = 4, 6, 2, 3
    encoder = golden.randomize(nn.Sequential(nn.Linear(features, 5), nn.Tanh(), nn.Linear(5, 2 * latent)),
                               f"{name}/encoder")
    decoder = golden.randomize(nn.Sequential(nn.Linear(latent, 5), nn.SiLU(), nn.Linear(5, features)), f"{name}/decoder")
    pseudo_inputs = golden.randomize(nn.Sequential(nn.Linear(components, features), nn.Sigmoid()), f"{name}/prior")
    x = golden.random(f"{name}/x", batch, features, low=0, high=1)
    target = x.repeat_interleave(samples, 0)
    gaussian = lambda h: torch.distributions.Normal(h[..., :latent], torch.exp(0.5 * h[..., latent:]))
    noise = normal(seed, REPARAMETERIZATION, step, batch * samples, latent)
    h = encoder(x).repeat_interleave(samples, 0)
    z = h[:, :latent] + torch.exp(0.5 * h[:, latent:]) * noise
    log_p = lambda z: -F.binary_cross_entropy_with_logits(decoder(z), target, reduction="none").sum(1)

    def log_prior(z):
        mixture = gaussian(encoder(pseudo_inputs(torch.eye(components)))).log_prob(z[:, None, :]).sum(2)
        return torch.logsumexp(mixture, 1) - math.log(components)

    log_px, log_pz, log_q = log_p(z), log_prior(z), gaussian(h).log_prob(z).sum(1)
    log_w = (log_px + log_pz - log_q).reshape(batch, samples)
    loss = -(torch.logsumexp(log_w, 1) - math.log(samples)).mean()
    if doubly_reparameterized:
        shares = torch.softmax(log_w, 1).detach().flatten()
        path = -(shares**2 * (log_px + log_pz - gaussian(h.detach()).log_prob(z).sum(1))).sum() / batch
        (dz,) = torch.autograd.grad(path, z, retain_graph=True)
        z.backward(dz)  # the encoder as a posterior
        still = z.detach()
        (-(shares * (log_p(still) + log_prior(still))).sum() / batch).backward()
    else:
        loss.backward()
    return {
        "samples": samples, "doubly_reparameterized": doubly_reparameterized, "seed": seed, "step": step, "x": x,
        "decoder": golden.parameters(decoder), "prior": golden.parameters(pseudo_inputs),
        "encoder": golden.parameters(encoder),
        "loss": loss, "reconstruction": -log_px.mean(), "kl": (log_q - log_pz).mean(),
        "decoder_gradients": golden.gradients(decoder), "prior_gradients": golden.gradients(pseudo_inputs),
        "encoder_gradients": golden.gradients(encoder),
    }


def bound_case(name, samples, loss_of, paths_of=None, seed=9, step=2, latent=2, score=True, **hyper_parameters):
    """One step of a VAE with another objective: `loss_of(log_px, log_pz, log_q, kl)`, each batch × samples, kl in closed
    form and batch × latent. Where `paths_of` says so, the encoder learns that loss instead, and the decoder is frozen.
    Without the score, q's parameters are frozen in log q."""
    batch, features = 4, 6
    encoder = golden.randomize(nn.Sequential(nn.Linear(features, 5), nn.Tanh(), nn.Linear(5, 2 * latent)), f"{name}/encoder")
    decoder = golden.randomize(nn.Sequential(nn.Linear(latent, 5), nn.SiLU(), nn.Linear(5, features)), f"{name}/decoder")
    x = golden.random(f"{name}/x", batch, features, low=0, high=1)
    repeat = lambda value: value.repeat_interleave(samples, 0)
    noise = normal(seed, REPARAMETERIZATION, step, batch * samples, latent)
    mean, log_variance = encoder(x).chunk(2, 1)
    z = repeat(mean) + torch.exp(0.5 * repeat(log_variance)) * noise
    standard = torch.distributions.Normal(0.0, 1.0)
    kl = -0.5 * (1 + log_variance - mean**2 - log_variance.exp())

    def terms(z):
        log_px = -F.binary_cross_entropy_with_logits(decoder(z), repeat(x), reduction="none").sum(1)
        m, v = (mean, log_variance) if score else (mean.detach(), log_variance.detach())
        log_q = torch.distributions.Normal(repeat(m), torch.exp(0.5 * repeat(v))).log_prob(z).sum(1)
        return [t.reshape(batch, samples) for t in (log_px, standard.log_prob(z).sum(1), log_q)]

    log_px, log_pz, log_q = terms(z)
    loss = loss_of(log_px, log_pz, log_q, kl)
    if paths_of is None:
        loss.backward()
    else:
        of_encoder = torch.autograd.grad(paths_of(log_px, log_pz, log_q, kl), list(encoder.parameters()), retain_graph=True)
        loss_of(*terms(z.detach()), kl.detach()).backward()
        for parameter, gradient in zip(encoder.parameters(), of_encoder):
            parameter.grad = gradient
    return {
        **hyper_parameters, "samples": samples, "seed": seed, "step": step, "x": x,
        "decoder": golden.parameters(decoder), "encoder": golden.parameters(encoder),
        "loss": loss, "reconstruction": -log_px.mean(),
        "kl": kl.sum(1).mean() if hyper_parameters.get("closed_form") else (log_q - log_pz).mean(),
        "decoder_gradients": golden.gradients(decoder), "encoder_gradients": golden.gradients(encoder),
    }


def miwae(groups):
    def loss(log_px, log_pz, log_q, _):
        log_w = (log_px + log_pz - log_q).reshape(len(log_px), groups, -1)
        return -(torch.logsumexp(log_w, 2) - math.log(log_w.shape[2])).mean()

    return loss


def ciwae(beta):
    return lambda *terms: beta * miwae(terms[0].shape[1])(*terms) + (1 - beta) * miwae(1)(*terms)


def controlled_capacity(gamma, capacity):
    return lambda log_px, log_pz, log_q, kl: -log_px.mean() + gamma * (kl.sum(1).mean() - capacity).abs()


def sampled_elbo(beta):
    return lambda log_px, log_pz, log_q, _: (-log_px + beta * (log_q - log_pz)).mean()


def free_bits(beta, least):
    def loss(log_px, log_pz, log_q, kl):
        divergences = kl.mean(0)
        assert (divergences < least).any() and (divergences > least).any(), "one side of free bits has no dimension"
        return -log_px.mean() + beta * divergences.clamp(min=least).sum()

    return loss


def lane(key, number):
    """The key of a lane of a stream with that key."""
    return philox([number & 0xFFFFFFFF, number >> 32, 1, 0x80000000], key)[:2]


def key_of(seed, purpose):
    return philox([purpose, 0, 0, 0x80000000], [seed & 0xFFFFFFFF, seed >> 32])[:2]


def uniform_of(key, step, *shape):
    count = math.prod(shape)
    words = [w for block in range((count + 3) // 4)
             for w in philox([block & 0xFFFFFFFF, block >> 32, step & 0xFFFFFFFF, step >> 32], key)]
    return torch.tensor([(w + 0.5) / 2**32 for w in words[:count]]).reshape(shape)


def bce(target):
    return lambda logits: F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def non_saturating():
    return lambda r, f: bce(1.0)(r) + bce(0.0)(f), lambda f, r: bce(1.0)(f)


def wasserstein():
    return lambda r, f: -r.mean() + f.mean(), lambda f, r: -f.mean()


def relativistic_average_hinge():
    game = lambda a, b: F.relu(1 - (a - b.mean())).mean() + F.relu(1 + (b - a.mean())).mean()
    return game, game


def relativistic_pairs():
    game = lambda a, b: bce(1.0)(a - b)
    return game, game


def norm_penalty(critic, points, weight, target):
    points = points.detach().requires_grad_(True)
    (g,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
    return weight * ((g.norm(2, dim=1) - target) ** 2).mean()


def wgan_gp(weight):
    def penalty(critic, x, fake, seed, step):
        u = uniform(seed, PENALTY, step, len(x), 1)
        return norm_penalty(critic, u * x + (1 - u) * fake, weight, 1)

    return penalty


def zero_centered(gamma, every, of_real):
    """gamma / 2 times the mean square of the gradient, every so many steps with as many times the weight."""
    def penalty(critic, x, fake, seed, step):
        points = (x if of_real else fake).detach().requires_grad_(True)
        (g,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
        return every * gamma / 2 * (g**2).sum(1).mean() if step % every == 0 else torch.tensor(0.0)

    return penalty


def dragan(weight, spread):
    def penalty(critic, x, fake, seed, step):
        key = key_of(seed, PENALTY)
        u, v = uniform_of(key, step, len(x), 1), uniform_of(lane(key, 1), step, *x.shape)
        return norm_penalty(critic, x + u * spread * x.std(unbiased=False) * v, weight, 1)

    return penalty


def gan_case(name, game, penalty_of=None, seed=9, step=2, packing=1, **hyper_parameters):
    """One step of both players: the discriminator's, then the generator's against the new discriminator. With packing,
    it judges so many neighbouring samples as one; those at the end that fill no pack are left out."""
    batch, features, latent, rate = 5, 4, 3, 0.1
    generator = golden.randomize(
        nn.Sequential(nn.Linear(latent, 5), nn.SiLU(), nn.Linear(5, features), nn.Tanh()), f"{name}/generator")
    critic = golden.randomize(
        nn.Sequential(nn.Linear(features * packing, 6), nn.Tanh(), nn.Linear(6, 5), nn.Softplus(), nn.Linear(5, 1)),
        f"{name}/critic")
    before = {f"{key}_before": {k: v.detach().clone() for k, v in golden.parameters(module).items()}
              for key, module in (("generator", generator), ("discriminator", critic))}
    x = golden.random(f"{name}/x", batch, features)
    fake = generator(normal(seed, LATENT, step, batch, latent))
    packs = lambda samples: samples[:batch // packing * packing].reshape(-1, features * packing)
    penalty = None if penalty_of is None else lambda: penalty_of(critic, packs(x), packs(fake.detach()), seed, step)
    losses = both_learn(generator, critic, lambda samples: critic(packs(samples)), game, rate, x, fake, penalty)
    return {
        **hyper_parameters, "rate": rate, "seed": seed, "step": step, "x": x, **before, **losses,
        "generator": golden.parameters(generator), "discriminator": golden.parameters(critic),
    }


def both_learn(generator, critic, judge, game, rate, x, fake, penalty=None, of_generator=None):
    """The discriminator's step by gradient descent, then the generator's against the new discriminator, whose buffers
    rest meanwhile. The losses contain what each of the two learns besides the game."""
    discriminator_loss = game[0](judge(x), judge(fake.detach()))
    penalty_value = torch.tensor(0.0)
    if penalty is not None:
        penalty_value = penalty()
        discriminator_loss = discriminator_loss + penalty_value
    optimizer = torch.optim.SGD(critic.parameters(), rate)
    optimizer.zero_grad()
    discriminator_loss.backward()
    optimizer.step()

    optimizer = torch.optim.SGD(generator.parameters(), rate)
    optimizer.zero_grad()
    critic.eval()
    generator_loss = game[1](judge(fake), judge(x))
    if of_generator is not None:
        generator_loss = generator_loss + of_generator
    generator_loss.backward()
    optimizer.step()
    return {"discriminator_loss": discriminator_loss, "generator_loss": generator_loss,
            "gradient_penalty": penalty_value}


def state_of(key, module):
    """Copies of a module's parameters and buffers, as two entries of a case."""
    copies = lambda tensors: {k: v.detach().double().clone() for k, v in tensors.items()}
    return {key: copies(golden.parameters(module)), f"{key}_buffers": copies(dict(module.named_buffers()))}


def hinge():
    return lambda r, f: F.relu(1 - r).mean() + F.relu(1 + f).mean(), lambda f, r: -f.mean()


def spectral(layer, name, weights=("weight",)):
    """Spectral normalization of several weights, with vectors that depend on the name alone."""
    for weight in weights:
        layer = nn.utils.spectral_norm(layer, weight)
        with torch.no_grad():
            for key in [f"{weight}_u", f"{weight}_v"]:
                vector = getattr(layer, key)
                vector.copy_(F.normalize(golden.random(f"{name}/{key}", *vector.shape), dim=0))
    return layer


def projection_case(name, seed=9, step=2):
    """A projection discriminator with spectral normalization against a generator with conditional batch norm."""
    batch, features, latent, classes, rate = 5, 4, 3, 3, 0.1
    generator = golden.randomize(conditions.WithCondition(
        nn.Linear(classes, 2), conditions.Sequential(
            nn.Linear(latent, 6), nn.BatchNorm1d(6, affine=False), conditions.Modulate(2, 6), nn.SiLU(),
            nn.Linear(6, features), nn.Tanh())), f"{name}/generator")
    critic = golden.randomize(conditions.Sequential(
        nn.Linear(features, 6), nn.Tanh(), nn.Linear(6, 5), nn.Softplus(),
        conditions.ProjectCondition(classes, 5)), f"{name}/discriminator")
    for i, weights in {0: ["weight"], 2: ["weight"], 4: ["embedding", "weight"]}.items():
        critic[i] = spectral(critic[i], f"{name}/discriminator/{i}", weights)
    before = {**state_of("generator_before", generator), **state_of("discriminator_before", critic)}
    x, labels = golden.random(f"{name}/x", batch, features), [2, 0, 1, 1, 0]
    c = F.one_hot(torch.tensor(labels), classes).double()
    fake = generator(normal(seed, LATENT, step, batch, latent), c)
    losses = both_learn(generator, critic, lambda x: critic(x, c), hinge(), rate, x, fake)
    return {
        "rate": rate, "seed": seed, "step": step, "x": x, "labels": labels, **before, **losses,
        **state_of("generator", generator), **state_of("discriminator", critic),
    }


def translation_case(name, game, l1_weight=100.0, seed=9, step=2):
    """A pix2pix step: a U-Net of two levels against a discriminator of patches that sees sample and source."""
    batch, rate = 3, 0.01
    window = {"kernel_size": 4, "stride": 2, "padding": 1}
    inner = conditions.Concat(nn.Identity(), nn.Sequential(
        nn.Conv2d(3, 4, **window), nn.BatchNorm2d(4), nn.SiLU(), nn.ConvTranspose2d(4, 3, **window)))
    outer = conditions.Concat(nn.Identity(), nn.Sequential(
        nn.Conv2d(2, 3, **window), nn.Tanh(), inner, nn.SiLU(), nn.ConvTranspose2d(6, 2, **window)))
    generator = golden.randomize(nn.Sequential(outer, nn.Conv2d(4, 1, 3, padding=1), nn.Tanh()), f"{name}/generator")
    critic = golden.randomize(nn.Sequential(nn.Conv2d(3, 4, **window), nn.Tanh(), nn.Conv2d(4, 1, 2)),
                              f"{name}/discriminator")
    before = {**state_of("generator_before", generator), "discriminator_before": state_of("d", critic)["d"]}
    x, y = golden.random(f"{name}/x", batch, 2, 4, 8), golden.random(f"{name}/y", batch, 1, 4, 8, low=-1, high=1)
    fake = generator(x)
    l1 = F.l1_loss(fake, y)
    losses = both_learn(generator, critic, lambda y: critic(torch.cat([y, x], 1)), game, rate, y, fake,
                        of_generator=l1_weight * l1)
    return {
        "rate": rate, "l1_weight": l1_weight, "seed": seed, "step": step, "x": x, "y": y, **before, **losses, "l1": l1,
        **state_of("generator", generator), "discriminator": golden.parameters(critic),
    }


def regression_case(name, loss):
    """A step of a network with batch norm towards the samples of pairs."""
    batch, rate = 4, 0.1
    network = golden.randomize(
        nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.SiLU(), nn.Linear(5, 2)), f"{name}/network")
    before = {**state_of("before", network)}
    x, y = golden.random(f"{name}/x", batch, 3), golden.random(f"{name}/y", batch, 2)
    optimizer = torch.optim.SGD(network.parameters(), rate)
    value = loss(network(x), y)
    value.backward()
    optimizer.step()
    return {"rate": rate, "x": x, "y": y, **before, "loss": value, **state_of("network", network)}


def gan_encoder_case(name, feature_weight):
    """A step of an encoder of a GAN (f-AnoGAN), whose generator and features stay as they are."""
    batch, rate = 4, 0.1
    modules = {key: golden.randomize(module, f"{name}/{key}") for key, module in (
        ("generator", nn.Sequential(nn.Linear(2, 6), nn.BatchNorm1d(6), nn.SiLU(), nn.Linear(6, 5)).eval()),
        ("discriminator", nn.Sequential(nn.Linear(5, 4), nn.SiLU(), nn.ModuleList([nn.Linear(4, 1)]))),
        ("encoder", nn.Sequential(nn.Linear(5, 4), nn.SiLU(), nn.Linear(4, 2))))}
    generator, discriminator, encoder = modules.values()
    generator[1].running_mean.copy_(0.3 * golden.random(f"{name}/mean", 6))
    generator[1].running_var.copy_(1 + golden.random(f"{name}/variance", 6) ** 2)
    before = {}
    for key, module in modules.items():
        before |= state_of(f"{key}_before", module)
    x = golden.random(f"{name}/x", batch, 5)
    features = lambda samples: discriminator[1](discriminator[0](samples))
    made = generator(encoder(x))
    residual, feature_residual = F.mse_loss(made, x), F.mse_loss(features(made), features(x))
    loss = residual + feature_weight * feature_residual
    optimizer = torch.optim.SGD(encoder.parameters(), rate)
    loss.backward()
    optimizer.step()
    return {"rate": rate, "feature_weight": feature_weight, "x": x, **before, "loss": loss, "residual": residual,
            "feature_residual": feature_residual, **state_of("encoder", encoder)}


def cycle_case(name, game, cycle_weight=10.0, identity_weight=0.5, seed=9, step=2):
    """A CycleGAN step: both discriminators learn, of targets first; then both generators, in one update."""
    batch, rate = 3, 0.01
    window = {"kernel_size": 4, "stride": 2, "padding": 1}
    make_generator = lambda: nn.Sequential(
        nn.Conv2d(2, 3, **window), nn.Tanh(), nn.ConvTranspose2d(3, 2, **window), nn.Tanh())
    make_critic = lambda: nn.Sequential(nn.Conv2d(2, 4, **window), nn.Tanh(), nn.Conv2d(4, 1, 2))
    modules = {key: golden.randomize(make(), f"{name}/{key}") for key, make in (
        ("to_target", make_generator), ("to_source", make_generator), ("target_discriminator", make_critic),
        ("source_discriminator", make_critic))}
    before = {f"{key}_before": {k: v.detach().clone() for k, v in golden.parameters(module).items()}
              for key, module in modules.items()}
    there, back, of_targets, of_sources = modules.values()
    x, y = golden.random(f"{name}/x", batch, 2, 4, 8), golden.random(f"{name}/y", batch, 2, 4, 8, low=-1, high=1)
    fake_y, fake_x = there(x), back(y)
    discriminator_loss = sum(game[0](judge(real), judge(fake.detach()))
                             for judge, real, fake in ((of_targets, y, fake_y), (of_sources, x, fake_x)))
    optimizer = torch.optim.SGD([*of_targets.parameters(), *of_sources.parameters()], rate)
    discriminator_loss.backward()
    optimizer.step()
    games = game[1](of_targets(fake_y), of_targets(y)) + game[1](of_sources(fake_x), of_sources(x))
    cycle = F.l1_loss(back(fake_y), x) + F.l1_loss(there(fake_x), y)
    identity = F.l1_loss(there(y), y) + F.l1_loss(back(x), x)
    generator_loss = games + cycle_weight * cycle + cycle_weight * identity_weight * identity
    optimizer = torch.optim.SGD([*there.parameters(), *back.parameters()], rate)
    generator_loss.backward()
    optimizer.step()
    return {
        "rate": rate, "cycle_weight": cycle_weight, "identity_weight": identity_weight, "seed": seed, "step": step,
        "x": x, "y": y, **before, "discriminator_loss": discriminator_loss, "generator_loss": generator_loss,
        "cycle": cycle, "identity": identity, **{key: golden.parameters(module) for key, module in modules.items()},
    }


def adversarial_autoencoder_case(name, game, weight, penalty_of=None, drawn=False, classes=0, seed=9, step=2,
                                 latent=2, categories=0, **hyper_parameters):
    """One step: the discriminator learns to tell codes from the prior's vectors, then encoder and decoder learn
    reconstruction and game in one update (Tolstikhin et al. 2018, algorithm 1). The last rows of latent vectors may be a
    category: its shares, and a one-hot code in the prior's vectors (Makhzani et al. 2016, section 4)."""
    batch, features, rate = 5, 6, 0.1
    encoder = golden.randomize(
        nn.Sequential(nn.Linear(features + classes, 5), nn.Tanh(), nn.Linear(5, (2 if drawn else 1) * latent)),
        f"{name}/encoder")
    decoder = golden.randomize(
        nn.Sequential(nn.Linear(latent + classes, 5), nn.SiLU(), nn.Linear(5, features)), f"{name}/decoder")
    critic = golden.randomize(
        nn.Sequential(nn.Linear(latent + classes, 6), nn.Tanh(), nn.Linear(6, 5), nn.Softplus(), nn.Linear(5, 1)),
        f"{name}/critic")
    modules = {"encoder": encoder, "decoder": decoder, "discriminator": critic}
    before = {f"{key}_before": {k: v.detach().clone() for k, v in golden.parameters(module).items()}
              for key, module in modules.items()}
    x = golden.random(f"{name}/x", batch, features, low=0, high=1)
    labels = [2, 0, 1, 1, 0]
    code = F.one_hot(torch.tensor(labels), max(classes, 3)).to(x)[:, :classes]
    conditioned = lambda value: torch.cat([value, code], 1)
    judge = lambda z: critic(conditioned(z))

    h = encoder(conditioned(x))
    z = h
    if drawn:
        mean, log_variance = h.chunk(2, 1)
        z = mean + torch.exp(0.5 * log_variance) * normal(seed, REPARAMETERIZATION, step, batch, latent)
    prior = normal(seed, LATENT, step, batch, latent)
    if categories > 0:
        style = latent - categories
        z = torch.cat([h[:, :style], torch.softmax(h[:, style:], 1)], 1)
        prior = torch.cat([prior[:, :style], F.one_hot(codes_of(seed, step, batch, categories, 0)[0], categories).to(x)], 1)

    discriminator_loss = game[0](judge(prior), judge(z.detach()))
    penalty_value = torch.tensor(0.0)
    if penalty_of is not None:
        penalty_value = penalty_of(judge, prior, z.detach(), seed, step)
        discriminator_loss = discriminator_loss + penalty_value
    optimizer = torch.optim.SGD(critic.parameters(), rate)
    optimizer.zero_grad()
    discriminator_loss.backward()
    optimizer.step()

    optimizer = torch.optim.SGD([*encoder.parameters(), *decoder.parameters()], rate)
    reconstruction = F.binary_cross_entropy_with_logits(decoder(conditioned(z)), x, reduction="none").sum(1).mean()
    generator_loss = game[1](judge(z), judge(prior))
    loss = reconstruction + weight * generator_loss
    loss.backward()
    optimizer.step()
    return {
        **hyper_parameters, "weight": weight, "drawn": drawn, "classes": classes, "rate": rate, "seed": seed, "step": step,
        "x": x, "labels": labels, **before, "loss": loss, "reconstruction": reconstruction,
        "discriminator_loss": discriminator_loss, "generator_loss": generator_loss, "gradient_penalty": penalty_value,
        **{key: golden.parameters(module) for key, module in modules.items()},
    }


def heads_case(name, seed=9, step=2, of_fakes=False, class_weight=0.7, match_weight=0.4):
    """One step of both players with a class head and feature matching: the generator is conditional, the
    discriminator tells the classes (Odena et al. 2017), and puts out the features of its last hidden layer, whose
    means the generator matches (Salimans et al. 2016)."""
    batch, features, latent, classes, hidden, rate = 5, 4, 3, 3, 5, 0.1
    generator = golden.randomize(
        nn.Sequential(nn.Linear(latent + classes, 5), nn.SiLU(), nn.Linear(5, features), nn.Tanh()), f"{name}/generator")
    body = nn.Sequential(nn.Linear(features, 6), nn.Tanh(), nn.Linear(6, hidden), nn.Softplus())
    critic = golden.randomize(nn.Sequential(*body, nn.ModuleList([nn.Linear(hidden, 1 + classes)])), f"{name}/critic")
    before = {f"{key}_before": {k: v.detach().clone() for k, v in golden.parameters(module).items()}
              for key, module in (("generator", generator), ("discriminator", critic))}
    x = golden.random(f"{name}/x", batch, features)
    labels = torch.tensor([2, 0, 1, 1, 0])

    def judge(samples):
        seen = critic[:4](samples)
        out = critic[4][0](seen)
        return out[:, :1], out[:, 1:], seen

    game = non_saturating()
    fake = generator(torch.cat([normal(seed, LATENT, step, batch, latent), F.one_hot(labels, classes).to(x)], 1))
    real_logits, real_classes, _ = judge(x)
    fake_logits, fake_classes, _ = judge(fake.detach())
    class_loss = class_weight * F.cross_entropy(real_classes, labels)
    if of_fakes:
        class_loss = class_loss + class_weight * F.cross_entropy(fake_classes, labels)
    discriminator_loss = game[0](real_logits, fake_logits) + class_loss
    optimizer = torch.optim.SGD(critic.parameters(), rate)
    optimizer.zero_grad()
    discriminator_loss.backward()
    optimizer.step()

    optimizer = torch.optim.SGD(generator.parameters(), rate)
    optimizer.zero_grad()
    real_logits, _, real_features = judge(x)
    fake_logits, fake_classes, fake_features = judge(fake)
    fake_class_loss = class_weight * F.cross_entropy(fake_classes, labels)
    matching = match_weight * ((real_features.mean(0).detach() - fake_features.mean(0)) ** 2).sum()
    generator_loss = game[1](fake_logits, real_logits) + fake_class_loss + matching
    generator_loss.backward()
    optimizer.step()
    return {
        "rate": rate, "seed": seed, "step": step, "of_fakes": of_fakes, "class_weight": class_weight,
        "match_weight": match_weight, "x": x, "labels": labels.tolist(), **before,
        "discriminator_loss": discriminator_loss, "class_loss": class_loss, "generator_loss": generator_loss,
        "fake_class_loss": fake_class_loss, "feature_matching": matching,
        "generator": golden.parameters(generator), "discriminator": golden.parameters(critic),
    }


def codes_of(seed, step, batch, categories, continuous):
    """latent/latent_code.hpp: one categorical code as its one-hot code, then continuous ones in [-1, 1]."""
    key, count = lane(key_of(seed, LATENT), 1), 1 + continuous
    words = lambda number: philox([number, 0, step & 0xFFFFFFFF, step >> 32], key)
    chosen, numbers = [], []
    for j in range(batch):
        w = words(j * count)
        chosen.append((w[1] * categories + ((w[0] * categories) >> 32)) >> 32)
        numbers.append([2 * (words(j * count + i)[0] + 0.5) / 2**32 - 1 for i in range(1, count)])
    return torch.tensor(chosen), torch.tensor(numbers, dtype=torch.float64).reshape(batch, continuous)


def codes_case(name, weight, continuous_weight, seed=9, step=2):
    """One step of an InfoGAN (Chen et al. 2016): both players raise the bound of the mutual information of code and
    sample, with a head of the discriminator that puts out a category's logits, and means and log-variances."""
    batch, features, noise, categories, continuous, rate = 5, 4, 3, 3, 2, 0.1
    latent = noise + categories + continuous
    generator = golden.randomize(
        nn.Sequential(nn.Linear(latent, 5), nn.SiLU(), nn.Linear(5, features), nn.Tanh()), f"{name}/generator")
    critic = golden.randomize(
        nn.Sequential(nn.Linear(features, 6), nn.Tanh(), nn.Linear(6, 5), nn.Softplus(),
                      nn.Linear(5, 1 + categories + 2 * continuous)), f"{name}/critic")
    before = {f"{key}_before": {k: v.detach().clone() for k, v in golden.parameters(module).items()}
              for key, module in (("generator", generator), ("discriminator", critic))}
    x = golden.random(f"{name}/x", batch, features)
    chosen, numbers = codes_of(seed, step, batch, categories, continuous)
    z = normal(seed, LATENT, step, batch, latent)[:, :noise]
    fake = generator(torch.cat([z, F.one_hot(chosen, categories).to(x), numbers], 1))

    def told(out):
        mean, log_variance = out[:, 1 + categories:].chunk(2, 1)
        log_q = torch.distributions.Normal(mean, torch.exp(0.5 * log_variance)).log_prob(numbers).sum(1).mean()
        return weight * F.cross_entropy(out[:, 1:1 + categories], chosen) - continuous_weight * log_q

    game = non_saturating()
    out = critic(fake.detach())
    code_loss = told(out)
    discriminator_loss = game[0](critic(x)[:, :1], out[:, :1]) + code_loss
    optimizer = torch.optim.SGD(critic.parameters(), rate)
    optimizer.zero_grad()
    discriminator_loss.backward()
    optimizer.step()

    optimizer = torch.optim.SGD(generator.parameters(), rate)
    optimizer.zero_grad()
    out = critic(fake)
    fake_code_loss = told(out)
    generator_loss = game[1](out[:, :1], None) + fake_code_loss
    generator_loss.backward()
    optimizer.step()
    return {
        "rate": rate, "seed": seed, "step": step, "weight": weight, "continuous_weight": continuous_weight, "x": x,
        **before, "discriminator_loss": discriminator_loss, "code_loss": code_loss, "generator_loss": generator_loss,
        "fake_code_loss": fake_code_loss,
        "generator": golden.parameters(generator), "discriminator": golden.parameters(critic),
    }


def least_squares():
    return lambda r, f: 0.5 * ((r - 1) ** 2).mean() + 0.5 * (f**2).mean(), lambda f, r: 0.5 * ((f - 1) ** 2).mean()


def bigan_case(name, game, encoder_game, penalty_of=None, drawn=False, classes=0, seed=9, step=2):
    """One step of the three players of a BiGAN (Donahue et al. 2017): the discriminator's, then generator and encoder
    against the new one. `encoder_game(real, fake)` is the encoder's loss, whose pairs are the real ones."""
    batch, features, latent, rate = 5, 4, 2, 0.1
    encoder = golden.randomize(nn.Sequential(nn.Linear(features + classes, 5), nn.Tanh(),
                                             nn.Linear(5, latent * (2 if drawn else 1))), f"{name}/encoder")
    generator = golden.randomize(nn.Sequential(nn.Linear(latent + classes, 5), nn.SiLU(), nn.Linear(5, features),
                                               nn.Tanh()), f"{name}/generator")
    critic = golden.randomize(
        nn.Sequential(nn.Linear(features + latent + classes, 6), nn.Tanh(), nn.Linear(6, 5), nn.Softplus(),
                      nn.Linear(5, 1)), f"{name}/critic")
    modules = {"encoder": encoder, "decoder": generator, "discriminator": critic}
    before = {f"{key}_before": {k: v.detach().clone() for k, v in golden.parameters(module).items()}
              for key, module in modules.items()}
    x = golden.random(f"{name}/x", batch, features)
    labels = [2, 0, 1, 1, 0]
    code = F.one_hot(torch.tensor(labels), max(classes, 3)).to(x)[:, :classes]
    conditioned = lambda *values: torch.cat([*values, code], 1)
    judge = lambda pairs: critic(conditioned(pairs))

    h = encoder(conditioned(x))
    if drawn:
        mean, log_variance = h.chunk(2, 1)
        h = mean + torch.exp(0.5 * log_variance) * normal(seed, REPARAMETERIZATION, step, batch, latent)
    z = normal(seed, LATENT, step, batch, latent)
    real, fake = torch.cat([x, h], 1), torch.cat([generator(conditioned(z)), z], 1)

    discriminator_loss = game[0](judge(real.detach()), judge(fake.detach()))
    penalty_value = torch.tensor(0.0)
    if penalty_of is not None:
        penalty_value = penalty_of(judge, real.detach(), fake.detach(), seed, step)
        discriminator_loss = discriminator_loss + penalty_value
    optimizer = torch.optim.SGD(critic.parameters(), rate)
    optimizer.zero_grad()
    discriminator_loss.backward()
    optimizer.step()

    # Each by its own loss alone, with the other one's pairs held.
    generator_loss = game[1](judge(fake), judge(real.detach()))
    encoder_loss = encoder_game(judge(real), judge(fake.detach()))
    optimizer = torch.optim.SGD([*encoder.parameters(), *generator.parameters()], rate)
    optimizer.zero_grad()
    (generator_loss + encoder_loss).backward()
    optimizer.step()
    return {
        "drawn": drawn, "classes": classes, "rate": rate, "seed": seed, "step": step, "x": x, "labels": labels, **before,
        "loss": discriminator_loss + generator_loss + encoder_loss, "discriminator_loss": discriminator_loss,
        "generator_loss": generator_loss, "encoder_loss": encoder_loss, "gradient_penalty": penalty_value,
        **{key: golden.parameters(module) for key, module in modules.items()},
    }


def vae_gan_case(name, game, penalty_of=None, kl_weight=1.0, decoder_term_weight=1.0, weight=0.8, seed=9, step=2):
    """One step of the three players of a VAE-GAN (Larsen et al. 2016): the discriminator's, on reconstructions and on
    what vectors of the prior decode to; then the encoder's (KL and similarity) and the decoder's (game and similarity)
    against the new one, whose features of the data are held."""
    batch, features, latent, hidden, rate = 5, 4, 2, 5, 0.1
    encoder = golden.randomize(nn.Sequential(nn.Linear(features, 5), nn.Tanh(), nn.Linear(5, 2 * latent)), f"{name}/encoder")
    decoder = golden.randomize(nn.Sequential(nn.Linear(latent, 5), nn.SiLU(), nn.BatchNorm1d(5), nn.Linear(5, features),
                                             nn.Tanh()), f"{name}/decoder")
    body = nn.Sequential(nn.Linear(features, 6), nn.Tanh(), nn.Linear(6, hidden), nn.Softplus())
    critic = golden.randomize(nn.Sequential(*body, nn.ModuleList([nn.Linear(hidden, 1)])), f"{name}/critic")
    modules = {"encoder": encoder, "decoder": decoder, "discriminator": critic}
    before = {f"{key}_before": {k: v.detach().clone() for k, v in golden.parameters(module).items()}
              for key, module in modules.items()}
    x = golden.random(f"{name}/x", batch, features)
    seen = lambda samples: critic[:4](samples)
    judge = lambda samples: critic[4][0](seen(samples))

    mean, log_variance = encoder(x).chunk(2, 1)
    z = mean + torch.exp(0.5 * log_variance) * normal(seed, REPARAMETERIZATION, step, batch, latent)
    fake = decoder(torch.cat([z, normal(seed, LATENT, step, batch, latent)]))
    twice = torch.cat([x, x])

    discriminator_loss = game[0](judge(twice), judge(fake.detach()))
    penalty_value = torch.tensor(0.0)
    if penalty_of is not None:
        penalty_value = penalty_of(judge, twice, fake.detach(), seed, step)
        discriminator_loss = discriminator_loss + penalty_value
    optimizer = torch.optim.SGD(critic.parameters(), rate)
    optimizer.zero_grad()
    discriminator_loss.backward()
    optimizer.step()

    kl = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1).mean()
    similarity = 0.5 * weight * ((seen(x).detach() - seen(fake[:batch])) ** 2).sum(1).mean()
    encoder_loss = kl_weight * kl + similarity
    decoder_loss = game[1](judge(fake), judge(twice)) + decoder_term_weight * similarity
    for loss, module in ((encoder_loss, encoder), (decoder_loss, decoder)):
        gradients = torch.autograd.grad(loss, list(module.parameters()), retain_graph=True)
        for p, g in zip(module.parameters(), gradients):
            p.grad = g
    torch.optim.SGD([*encoder.parameters(), *decoder.parameters()], rate).step()
    return {
        "kl_weight": kl_weight, "decoder_term_weight": decoder_term_weight, "rate": rate, "seed": seed, "step": step, "x": x,
        **before, "discriminator_loss": discriminator_loss, "encoder_loss": encoder_loss, "decoder_loss": decoder_loss,
        "kl": kl, "feature_reconstruction": similarity, "gradient_penalty": penalty_value,
        **{key: golden.parameters(module) for key, module in modules.items()},
    }


def write_elbos():
    golden.write("models/vae_elbos", {
        "sticking the landing": bound_case("sticking the landing", 1, sampled_elbo(1.0), score=False),
        "sticking the landing beta 2": bound_case("sticking the landing beta 2", 3, sampled_elbo(2.0), score=False),
        "free bits": bound_case("free bits", 2, free_bits(3.0, 0.1), latent=4, closed_form=True),
    })


def write():
    golden.write("models/vae", {
        "elbo": vae_case("elbo"),
        "elbo 3 samples beta 4": vae_case("elbo 3 samples beta 4", samples=3, beta=4.0),
        "elbo conditional": vae_case("elbo conditional", classes=3),
        "iwae 1 sample": vae_case("iwae 1 sample", importance_weighted=True),
        "iwae 5 samples": vae_case("iwae 5 samples", importance_weighted=True, samples=5),
    })
    golden.write("models/vae_flow", {
        "1 sample": flow_case("flow 1", 1),
        "5 samples": flow_case("flow 5", 5),
    })
    golden.write("models/vae_chain", {
        "elbo": chain_case("chain elbo", 2, False),
        "iwae": chain_case("chain iwae", 3, True),
    })
    golden.write("models/vae_vamp", {
        "iwae": vamp_case("vamp iwae", 3, False),
        "doubly reparameterized": vamp_case("vamp dreg", 4, True),
    })
    golden.write("models/vae_bounds", {
        "MIWAE": bound_case("miwae", 6, miwae(2)),
        "PIWAE": bound_case("piwae", 6, miwae(1), miwae(3)),
        "CIWAE": bound_case("ciwae", 4, ciwae(0.3)),
        "capacity below": bound_case("capacity below", 2, controlled_capacity(20.0, 3.0), closed_form=True),
        "capacity above": bound_case("capacity above", 2, controlled_capacity(20.0, 3 * 0.03), closed_form=True),
        "cycles": bound_case("cycles", 1, lambda log_px, log_pz, log_q, kl: -log_px.mean() + 4 * 3 / 5 * kl.sum(1).mean(),
                             closed_form=True, step=13),
    })
    write_elbos()
    golden.write("models/gan", {
        "non-saturating": gan_case("non-saturating", non_saturating(), wasserstein=False, penalty=0.0),
        "Wasserstein": gan_case("Wasserstein", wasserstein(), wasserstein=True, penalty=0.0),
        "WGAN-GP": gan_case("WGAN-GP", wasserstein(), wgan_gp(10.0), wasserstein=True, penalty=10.0),
    })
    golden.write("models/gan_terms", {
        "relativistic average hinge": gan_case("relativistic average hinge", relativistic_average_hinge()),
        "R1": gan_case("R1", non_saturating(), zero_centered(3.0, 1, True)),
        "lazy R1, taken": gan_case("lazy R1, taken", non_saturating(), zero_centered(3.0, 2, True)),
        "lazy R1, left out": gan_case("lazy R1, left out", non_saturating(), zero_centered(3.0, 2, True), step=3),
        "R2": gan_case("R2", non_saturating(), zero_centered(3.0, 1, False)),
        "DRAGAN": gan_case("DRAGAN", non_saturating(), dragan(10.0, 0.5)),
        "relativistic pairs with R1": gan_case("pairs", relativistic_pairs(), zero_centered(3.0, 1, True)),
        "lazy WGAN-GP": gan_case("lazy WGAN-GP", wasserstein(), wgan_gp(20.0)),
        "packs with WGAN-GP": gan_case("packs", wasserstein(), wgan_gp(10.0), packing=2),
        "packs with R1": gan_case("packs, R1", non_saturating(), zero_centered(3.0, 1, True), packing=2),
    })
    golden.write("models/adversarial_autoencoder", {
        "deterministic": adversarial_autoencoder_case("aae", non_saturating(), 1.0),
        "drawn codes, WGAN-GP": adversarial_autoencoder_case("aae drawn", wasserstein(), 3.0, wgan_gp(10.0), drawn=True),
        "relativistic": adversarial_autoencoder_case("aae relativistic", relativistic_average_hinge(), 0.5),
        "conditional": adversarial_autoencoder_case("aae conditional", non_saturating(), 2.0, classes=3),
    })
    golden.write("models/gan_projection", {"spectral": projection_case("projection")})
    golden.write("models/pix2pix", {
        "non-saturating": translation_case("pix2pix", non_saturating()),
        "relativistic": translation_case("pix2pix, relativistic", relativistic_average_hinge(), l1_weight=10.0),
    })
    golden.write("models/regression", {
        "squared": regression_case("regression", F.mse_loss), "absolute": regression_case("absolute", F.l1_loss)})
    golden.write("models/gan_encoder", {
        "values": gan_encoder_case("gan_encoder", 0.0), "and features": gan_encoder_case("gan_encoder features", 2.5)})
    golden.write("models/cycle_gan", {
        "least squares": cycle_case("cycle", least_squares()),
        "relativistic": cycle_case("cycle, relativistic", relativistic_average_hinge(), 3.0, 2.0),
    })
    golden.write("models/gan_heads", {
        "of data": heads_case("heads"),
        "of data and fakes": heads_case("heads of fakes", of_fakes=True),
    })
    golden.write("models/gan_codes", {
        "categorical and continuous": codes_case("codes", 0.7, 0.4),
        "continuous above all": codes_case("continuous codes", 0.1, 2.0),
    })
    golden.write("models/bigan", {
        "deterministic": bigan_case("bigan", non_saturating(), lambda r, f: bce(0.0)(r)),
        "drawn codes, WGAN-GP": bigan_case("ali", wasserstein(), lambda r, f: r.mean(), wgan_gp(10.0), drawn=True),
        "relativistic": bigan_case("bigan relativistic", relativistic_average_hinge(),
                                   lambda r, f: relativistic_average_hinge()[0](f, r)),
        "least squares": bigan_case("bigan squares", least_squares(), lambda r, f: 0.5 * (r**2).mean()),
        "conditional": bigan_case("bigan conditional", non_saturating(), lambda r, f: bce(0.0)(r), classes=3),
    })
    golden.write("models/vae_gan", {
        "non-saturating": vae_gan_case("vae-gan", non_saturating(), kl_weight=0.3, decoder_term_weight=0.5),
        "WGAN-GP": vae_gan_case("vae-gan penalty", wasserstein(), wgan_gp(10.0), decoder_term_weight=3.0),
        "relativistic": vae_gan_case("vae-gan relativistic", relativistic_average_hinge()),
    })
    golden.write("models/adversarial_autoencoder_code", {
        "one of three": adversarial_autoencoder_case("aae code", non_saturating(), 2.0, latent=4, categories=3),
    })

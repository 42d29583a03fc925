"""Goldens of the distributions: torch.distributions where it has them, autograd for every derivative."""

import torch
from torch import distributions as dist
from torch.nn import functional as F

import golden

LOG_VARIANCE_RANGE = (-20.0, 20.0)


def split(parameters, low=LOG_VARIANCE_RANGE[0], high=LOG_VARIANCE_RANGE[1]):
    """(B, 2F) -> means and clamped log-variances."""
    mean, log_variance = parameters.chunk(2, dim=1)
    return mean, log_variance.clamp(low, high)


def normal(parameters, **log_variance_range):
    mean, log_variance = split(parameters, **log_variance_range)
    return dist.Normal(mean, (0.5 * log_variance).exp())


def bernoulli_log_probability(x, logits):
    """dist.Bernoulli refuses grey levels; on binary values the two agree."""
    value = -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)
    if ((x == 0) | (x == 1)).all():
        assert torch.allclose(value, dist.Bernoulli(logits=logits).log_prob(x).sum(1), rtol=1e-13, atol=0)
    return value


def repeat(x, times):
    """k importance samples of an input lie side by side."""
    return x.repeat_interleave(times, dim=0)


def log_probability_case(name, log_probability, x, parameters, weights):
    """`weights` has one entry per pair; the side with fewer rows is repeated."""
    parameters.requires_grad_()
    pairs = len(weights)
    value = log_probability(repeat(x, pairs // len(x)), repeat(parameters, pairs // len(parameters)))
    (weights * value).sum().backward()
    return {"x": x, "parameters": parameters, "weights": weights, "log_probability": value,
            "d_parameters": parameters.grad}


def bernoulli():
    extreme = torch.tensor([[-1e4, -88.0, 0.0, 88.0, 1e4, 1e-9, -30.0, 30.0]]).repeat(3, 1)
    cases = {}

    def add(name, x, logits, pairs):
        cases[name] = log_probability_case(name, bernoulli_log_probability, x, logits,
                                           golden.random(f"bernoulli/{name}/weights", pairs))

    add("binary", (golden.random("bernoulli/binary/x", 3, 70) > 0).double(), 3 * golden.random("bernoulli/binary/l", 3, 70), 3)
    add("grey levels", golden.random("bernoulli/grey/x", 3, 5, low=0, high=1), golden.random("bernoulli/grey/l", 3, 5), 3)
    add("extreme logits", torch.tensor([[0.0], [1.0], [0.25]]).repeat(1, 8), extreme, 3)
    add("samples side by side", golden.random("bernoulli/side/x", 2, 4, low=0, high=1),
        golden.random("bernoulli/side/l", 6, 4), 6)
    add("repeated parameters", golden.random("bernoulli/repeated/x", 6, 4, low=0, high=1),
        golden.random("bernoulli/repeated/l", 2, 4), 6)
    for case in cases.values():
        case["mean"] = dist.Bernoulli(logits=case["parameters"]).mean
    golden.write("distributions/bernoulli", cases)


def unit_normal():
    cases = {}
    for name, samples, columns in [("one to one", 3, 3), ("samples side by side", 2, 6), ("repeated parameters", 6, 2)]:
        key = f"unit_normal/{name}"
        cases[name] = log_probability_case(
            name, lambda x, mean: dist.Normal(mean, 1.0).log_prob(x).sum(1), golden.random(f"{key}/x", samples, 70),
            golden.random(f"{key}/mean", columns, 70), golden.random(f"{key}/weights", 6 if samples != columns else 3))
    golden.write("distributions/unit_normal", cases)


def diagonal_normal():
    features = 5
    clamped = torch.tensor([[0.3, -0.2, 0.1, 0.5, -1.0, -25.0, -20.0, 0.0, 20.0, 25.0],
                            [0.0, 0.0, 0.0, 0.0, 0.0, -20.1, 1e-9, -1e-3, 19.9, 20.1]])
    likelihood = {}
    for name, parameters, samples, pairs in [
        ("one to one", golden.random("diagonal/one/p", 3, 2 * features), 3, 3),
        ("samples side by side", golden.random("diagonal/side/p", 6, 2 * features), 2, 6),
        ("repeated parameters", golden.random("diagonal/repeated/p", 2, 2 * features), 6, 6),
        ("clamped", clamped, 2, 2),
        ("many features", golden.random("diagonal/many/p", 2, 2 * 70), 2, 2),
    ]:
        likelihood[name] = log_probability_case(
            name, lambda x, p: normal(p).log_prob(x).sum(1),
            golden.random(f"diagonal/{name}/x", samples, parameters.shape[1] // 2), parameters.clone(),
            golden.random(f"diagonal/{name}/weights", pairs))
    golden.write("distributions/diagonal_normal", likelihood)

    posterior = {}
    for name, parameters, k in [
        ("one sample", golden.random("posterior/one/p", 3, 2 * features), 1),
        ("four samples", golden.random("posterior/four/p", 3, 2 * features), 4),
        ("clamped", clamped, 2),
    ]:
        rows = len(parameters)
        noise = golden.random(f"posterior/{name}/noise", rows * k, features)
        dz = golden.random(f"posterior/{name}/dz", rows * k, features)
        kl_weights = golden.random(f"posterior/{name}/kl_weights", rows)
        density_weights = golden.random(f"posterior/{name}/density_weights", rows * k)

        def gradient(function):
            p = parameters.clone().requires_grad_()
            value = function(p)
            return torch.autograd.grad(value, p)[0]

        def sample(p):
            mean, log_variance = split(repeat(p, k))
            return mean + (0.5 * log_variance).exp() * noise

        def kl(p):
            # The closed form of torch.distributions cancels at the prior, so this is compared with it only there.
            mean, log_variance = split(p)
            value = 0.5 * (mean**2 + torch.expm1(log_variance) - log_variance).sum(1)
            reference = dist.kl_divergence(normal(p), dist.Normal(0.0, 1.0)).sum(1)
            assert torch.allclose(value, reference, rtol=1e-10, atol=1e-10)
            return value

        def density(p):
            return normal(repeat(p, k)).log_prob(sample(p)).sum(1)

        posterior[name] = {
            "samples": k,
            "parameters": parameters,
            "noise": noise,
            "z": sample(parameters),
            "dz": dz,
            "d_parameters_of_z": gradient(lambda p: (dz * sample(p)).sum()),
            "kl": kl(parameters),
            "kl_weights": kl_weights,
            "d_parameters_of_kl": gradient(lambda p: (kl_weights * kl(p)).sum()),
            "log_density": density(parameters),
            "density_weights": density_weights,
            "d_parameters_of_density": gradient(lambda p: (density_weights * density(p)).sum()),
        }
    golden.write("distributions/posterior", posterior)


def standard_normal():
    z = golden.random("standard_normal/z", 3, 7).requires_grad_()
    weights = golden.random("standard_normal/weights", 3)
    value = dist.Normal(0.0, 1.0).log_prob(z).sum(1)
    (weights * value).sum().backward()
    golden.write("distributions/standard_normal",
                 {"case": {"z": z, "weights": weights, "log_probability": value, "dz": z.grad}})


def importance_weighted():
    """The bound log 1/k sum_k p(x|z) p(z) / q(z|x) with z = mean + sigma * noise and logits = W z, for a decoder of one
    matrix: the gradients with respect to the posterior's parameters and to W."""
    features, latent, batch, k = 6, 3, 2, 4
    x = golden.random("iwae/x", batch, features, low=0, high=1)
    parameters = golden.random("iwae/parameters", batch, 2 * latent).requires_grad_()
    weight = golden.random("iwae/weight", features, latent).requires_grad_()
    noise = golden.random("iwae/noise", batch * k, latent)
    mean, log_variance = split(repeat(parameters, k))
    z = mean + (0.5 * log_variance).exp() * noise
    log_w = (bernoulli_log_probability(repeat(x, k), z @ weight.T) + dist.Normal(0.0, 1.0).log_prob(z).sum(1)
             - normal(repeat(parameters, k)).log_prob(z).sum(1)).view(batch, k)
    bound = (torch.logsumexp(log_w, 1) - torch.log(torch.tensor(float(k)))).mean()
    bound.backward()
    golden.write("distributions/importance_weighted",
                 {"case": {"samples": k, "x": x, "parameters": parameters, "weight": weight, "noise": noise,
                           "log_w": log_w.flatten(), "bound": bound, "d_parameters": parameters.grad,
                           "d_weight": weight.grad}})


def pairings(name, log_probability, x, parameters, mean=None):
    """Cases of one likelihood: `x(key, rows)` and `parameters(key, rows)` draw them, `log_probability` has one number
    per row. Where there is a `mean`, each case has that too."""
    cases = {}
    for case, samples, columns in [("one to one", 3, 3), ("samples side by side", 2, 4), ("repeated parameters", 4, 2)]:
        key = f"{name}/{case}"
        cases[case] = log_probability_case(case, log_probability, x(f"{key}/x", samples),
                                           parameters(f"{key}/p", columns),
                                           golden.random(f"{key}/weights", max(samples, columns)))
        if mean:
            cases[case]["mean"] = mean(cases[case]["parameters"])
    return cases


def integers(below):
    """Uniform integers in [0, below), `size` of them, as doubles; both ends occur."""
    def draw(key, *shape):
        x = golden.random(key, *shape, low=0, high=below).floor().clamp(0, below - 1)
        x.view(-1)[0], x.view(-1)[-1] = 0, below - 1
        return x
    return draw


def continuous_bernoulli():
    def log_probability(x, logits):
        # PyTorch's series is one of two terms around λ = 1/2, too few for twelve digits: narrower limits leave it out.
        return dist.ContinuousBernoulli(logits=logits, lims=(0.5 - 1e-12, 0.5 + 1e-12)).log_prob(x).sum(1)

    def mean(logits):
        return dist.ContinuousBernoulli(logits=logits, lims=(0.5 - 1e-12, 0.5 + 1e-12)).mean

    cases = pairings("continuous_bernoulli", log_probability,
                     lambda key, rows: golden.random(key, rows, 9, low=0, high=1),
                     lambda key, rows: 3 * golden.random(key, rows, 9), mean)
    logits = torch.tensor([[-8.0, -4.0, -1.1, -1.0, -0.9, 0.9, 1.0, 1.1, 4.0, 8.0]]).repeat(3, 1)
    x = torch.tensor([[0.0], [1.0], [0.3]]).repeat(1, 10)
    cases["ends"] = log_probability_case("ends", log_probability, x, logits, torch.tensor([1.0, -2.0, 0.5]))
    cases["ends"]["mean"] = mean(logits)
    golden.write("distributions/continuous_bernoulli", cases)


def location_scale(name, distribution):
    """A fixed scale of 0.7; a shared one, the last parameter; one per feature, of vectors and of images. The scale's
    parameter is its logarithm."""
    def shared(x, p):
        return distribution(p[:, :-1], p[:, -1:].exp()).log_prob(x).sum(1)

    def per_feature(x, p):
        location, log_scale = p.chunk(2, dim=1)
        return distribution(location, log_scale.exp()).log_prob(x).flatten(1).sum(1)

    cases = {}
    for case, log_probability, sample, parameters in [
        ("fixed", lambda x, p: distribution(p, 0.7).log_prob(x).sum(1), (7,), (7,)),
        ("shared", shared, (7,), (8,)),
        ("per feature", per_feature, (7,), (14,)),
        ("gray image", per_feature, (1, 3, 4), (2, 3, 4)),
        ("color image", per_feature, (3, 2, 50), (6, 2, 50)),
    ]:
        drawn = pairings(f"{name}/{case}", log_probability,
                         lambda key, rows: golden.random(key, rows, *sample),
                         lambda key, rows: golden.random(key, rows, *parameters))
        # The long images only once: they fill more than one run.
        for pairing, values in list(drawn.items())[:1 if case == "color image" else 3]:
            cases[f"{case}, {pairing}"] = values
    golden.write(f"distributions/{name}", cases)


def categorical():
    categories = 5

    def log_probability(x, logits):
        of = dist.Categorical(logits=logits.view(len(logits), -1, categories))
        return of.log_prob(x).sum(1)

    def mean(logits):
        levels = torch.arange(categories, dtype=torch.float64)
        return (torch.softmax(logits.view(len(logits), -1, categories), 2) * levels).sum(2)

    golden.write("distributions/categorical",
                 pairings("categorical", log_probability, lambda key, rows: integers(categories)(key, rows, 6),
                          lambda key, rows: 2 * golden.random(key, rows, 6 * categories), mean))


def poisson():
    golden.write("distributions/poisson",
                 pairings("poisson", lambda x, log_rate: dist.Poisson(log_rate.exp()).log_prob(x).sum(1),
                          lambda key, rows: integers(40)(key, rows, 8),
                          lambda key, rows: 2 * golden.random(key, rows, 8), torch.exp))


def beta_binomial():
    trials = 255

    def log_beta(a, b):
        return torch.lgamma(a) + torch.lgamma(b) - torch.lgamma(a + b)

    def log_probability(x, p):
        a, b = p.chunk(2, dim=1)
        a, b = a.exp(), b.exp()
        choices = torch.lgamma(torch.tensor(trials + 1.0)) - torch.lgamma(x + 1) - torch.lgamma(trials - x + 1)
        return (choices + log_beta(x + a, trials - x + b) - log_beta(a, b)).flatten(1).sum(1)

    def mean(p):
        a, b = p.chunk(2, dim=1)
        return trials * torch.sigmoid(a - b)

    cases = {}
    for name, sample, parameters in [("vector", (6,), (12,)), ("color image", (3, 2, 2), (6, 2, 2))]:
        for case, values in pairings(f"beta_binomial/{name}", log_probability,
                                     lambda key, rows: integers(trials + 1)(key, rows, *sample),
                                     lambda key, rows: 2 * golden.random(key, rows, *parameters), mean).items():
            cases[f"{name}, {case}"] = values
    golden.write("distributions/beta_binomial", cases)


def discretized_logistic_mixture():
    """The difference of the distribution function as it is defined, where it does not cancel; the published code's
    `log_prob_from_logits` otherwise agrees with it."""
    components, levels = 3, 256

    def unpack(p):
        logits, means, log_scales = p.view(len(p), -1, 3, components).unbind(2)
        return torch.log_softmax(logits, 2), means, log_scales.clamp(min=-7)

    def log_probability(x, p):
        log_weights, means, log_scales = unpack(p)
        v = (2 * x / (levels - 1) - 1).unsqueeze(2)
        half = 1 / (levels - 1)
        above, below = (v + half - means) * (-log_scales).exp(), (v - half - means) * (-log_scales).exp()
        # σ(a) − σ(b) = ½ (tanh(a/2) − tanh(b/2)), from the side on which neither is near one.
        side = torch.where(v > means, -1.0, 1.0)
        middle = (torch.sigmoid(side * above) - torch.sigmoid(side * below)).abs()
        x = x.unsqueeze(2)
        log_p = torch.where(x == 0, F.logsigmoid(above),
                            torch.where(x == levels - 1, F.logsigmoid(-below), middle.log()))
        return torch.logsumexp(log_weights + log_p, 2).sum(1)

    def mean(p):
        log_weights, means, log_scales = unpack(p)
        ends = (2 * torch.arange(1, levels, dtype=torch.float64) - 1) / (levels - 1) - 1
        above = torch.sigmoid((means.unsqueeze(3) - ends) * (-log_scales).exp().unsqueeze(3)).sum(3)
        return (log_weights.exp() * above).sum(2)

    def parameters(key, rows):
        p = golden.random(key, rows, 5, 3, components)
        p[:, :, 2] -= 1
        return p.flatten(1)

    golden.write("distributions/discretized_logistic_mixture",
                 pairings("discretized_logistic_mixture", log_probability,
                          lambda key, rows: integers(levels)(key, rows, 5), parameters, mean))


def write():
    bernoulli()
    continuous_bernoulli()
    location_scale("normal", dist.Normal)
    location_scale("laplace", dist.Laplace)
    categorical()
    poisson()
    beta_binomial()
    discretized_logistic_mixture()
    unit_normal()
    diagonal_normal()
    standard_normal()
    importance_weighted()

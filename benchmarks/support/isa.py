"""One instruction set for everybody, or everybody's own choice: what the programs read in their environment."""

RESTRICTED = {
    "avx2": {"OPENBLAS_CORETYPE": "Haswell", "ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2",
             "ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"},
    "avx512": {"OPENBLAS_CORETYPE": "SkylakeX", "ONEDNN_MAX_CPU_ISA": "AVX512_CORE", "DNNL_MAX_CPU_ISA": "AVX512_CORE",
               "ATEN_CPU_CAPABILITY": "avx512", "MKL_ENABLE_INSTRUCTIONS": "AVX512"},
}
NAMES = {"EIGENERATE_MAX_CPU_ISA", "BLIS_ARCH_TYPE", "OPENBLAS_L2_SIZE"}.union(*RESTRICTED.values())


def set_environment(environment, isa):
    """Restricts all to `isa`, or nobody where it is None: what the caller's environment has of this kind, which would hold
    a peer back unseen, goes. Returns the settings that went. BLIS follows EIGENERATE_MAX_CPU_ISA (kernels.cpp sees to it)."""
    dropped = {name: environment.pop(name) for name in sorted(NAMES) if name in environment}
    if isa:
        environment.update(RESTRICTED[isa] | {"EIGENERATE_MAX_CPU_ISA": isa})
    return dropped

from spack.package import *


class Koopsweep(MakefilePackage):
    """Sweeps of transformers over MPI that ask which runs will diverge."""

    version("main", branch="main")
    license("MIT")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("gmake", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi")
    depends_on("hdf5@1.10: +hl ~mpi")
    depends_on("blas")
    depends_on("lapack")
    depends_on("scalapack")
    depends_on("netlib-lapack +lapacke", when="^[virtuals=lapack] netlib-lapack")
    depends_on("random123", type="build")
    depends_on("libyaml")
    depends_on("cjson")
    depends_on("pcre2")
    depends_on("xxhash")
    depends_on("libzip")

    @property
    def settings(self):
        spec = self.spec
        folders = {
            "HDF5": "hdf5", "YAML": "libyaml", "CJSON": "cjson", "PCRE2": "pcre2",
            "XXHASH": "xxhash", "LIBZIP": "libzip", "LAPACKE": "lapack",
        }
        return [f"{name}_DIR={spec[package].prefix}" for name, package in folders.items()] + [
            f"MPICC={spec['mpi'].mpicc}",
            f"BLAS={(spec['lapack'].libs + spec['blas'].libs).ld_flags}",
            f"SCALAPACK={spec['scalapack'].libs.ld_flags}",
        ]

    def setup_build_environment(self, env):
        env.prepend_path("CPATH", self.spec["random123"].prefix.include)

    def build(self, spec, prefix):
        make("all", *self.settings)

    def install(self, spec, prefix):
        make("install", f"PREFIX={prefix}", *self.settings)

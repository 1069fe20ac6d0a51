"""The SDK as it is installed, and the command as it was built."""
import os
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BIN, BUILD = os.environ.get("BILLHOOK_BIN", ""), os.environ.get("BILLHOOK_BUILD", "")


def pytest_configure(config):
    if not BIN or not BUILD:
        pytest.exit("BILLHOOK_BIN and BILLHOOK_BUILD name no build", returncode=2)


def run(*argv, cwd=None, env=None, code=0):
    full = dict(os.environ)
    for name in ("BILLHOOK_NOW", "BILLHOOK_WORKSPACE"):
        full.pop(name, None)
    full.update(env or {})
    done = subprocess.run([str(a) for a in argv], cwd=cwd, env=full, capture_output=True, text=True, timeout=600)
    assert code is None or done.returncode == code, "%s -> %d\n%s%s" % (argv, done.returncode, done.stdout[-4000:], done.stderr[-4000:])
    return done


@pytest.fixture(scope="session")
def sdk(tmp_path_factory):
    """A prefix with the component `sdk` and nothing else."""
    prefix = str(tmp_path_factory.mktemp("sdk"))
    run("cmake", "--install", BUILD, "--component", "sdk", "--prefix", prefix)
    return prefix


@pytest.fixture
def build(sdk):
    """Configures and builds a folder with CMake against the installed SDK; where the plugin is."""
    def go(source, *options):
        out = os.path.join(str(source), "build")
        run("cmake", "-S", source, "-B", out, "-DCMAKE_PREFIX_PATH=" + sdk, "-DBILLHOOK_COMMAND=" + BIN, *options)
        run("cmake", "--build", out)
        return out
    return go

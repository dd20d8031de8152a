"""Build the package from a clean copy, and use the wheel as a user would, without the development tools.

The wheel holds the library and nothing else; every module of it is imported from a folder of its own, with nbdev,
Jupyter and accelerate blocked; `lpl_nb --help` runs. The other requirements are those of the current environment."""
import os, subprocess, sys, tempfile, zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tree import copy_project

BLOCKED = 'nbdev execnb ghapi jupyter jupyter_core jupyterlab notebook ipywidgets ipykernel nbconvert nbclient IPython accelerate torchmetrics hypothesis smalldocs'
IMPORTS = '''
import importlib, pkgutil, sys
blocked = set(sys.argv[1].split())
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked: raise ModuleNotFoundError(f"No module named {name!r} (blocked)", name=name)
sys.meta_path.insert(0, Block())
import lpl_nb
assert lpl_nb.__file__.startswith(sys.argv[2]), lpl_nb.__file__
mods = [m.name for m in pkgutil.walk_packages(lpl_nb.__path__, "lpl_nb.")]
for m in mods: importlib.import_module(m)
ns = {}
exec("from lpl_nb.all import *", ns)
assert "LPLLoss" in ns, "lpl_nb.all has no LPLLoss"
print(f"lpl_nb {lpl_nb.__version__}: {len(mods)} modules imported without {len(blocked)} development packages")
'''

def run(*cmd, **kw):
    "Run a command; stop with what it wrote when it fails"
    res = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kw)
    if res.returncode: sys.exit(f'{" ".join(map(str, cmd))[:200]}\n{res.stdout}')
    return res.stdout

def main():
    with tempfile.TemporaryDirectory(prefix='lpl_nb_wheel') as tmp:
        tmp = Path(tmp).resolve()
        src, dist, site = copy_project(tmp/'src'), tmp/'dist', tmp/'site'
        run(sys.executable, '-m', 'build', '--no-isolation', '--outdir', str(dist), str(src))
        wheel, = dist.glob('*.whl')
        tops = {n.split('/')[0] for n in zipfile.ZipFile(wheel).namelist()}
        extra = {t for t in tops if t != 'lpl_nb' and not t.endswith('.dist-info')}
        if extra: sys.exit(f'{wheel.name} also holds {", ".join(sorted(extra))}')
        run(sys.executable, '-m', 'pip', 'install', '--quiet', '--no-deps', '--target', str(site), str(wheel))
        env = {**os.environ, 'PYTHONPATH': str(site)}
        print(run(sys.executable, '-c', IMPORTS, BLOCKED, str(site), cwd=tmp, env=env).strip().splitlines()[-1])
        usage = run(sys.executable, str(site/'bin'/'lpl_nb'), '--help', cwd=tmp, env=env)
        if 'usage' not in usage.lower(): sys.exit(f'lpl_nb --help wrote no usage:\n{usage}')
        print(f'{wheel.name}: {wheel.stat().st_size//1000} KB, {", ".join(sorted(p.name for p in dist.iterdir()))}')

if __name__ == '__main__': main()

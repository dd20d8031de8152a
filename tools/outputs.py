"""Run notebooks again and store their outputs, clean: `make outputs NB=nbs/03_core.ipynb`.

The cells that `make test` leaves out (flags, `#| eval: false`) are not run and keep the outputs they have."""
import argparse, os, sys, warnings
from pathlib import Path

from execnb.nbio import read_nb, write_nb
from execnb.shell import CaptureShell
from fastcore.utils import str2bool, working_directory
from nbdev.clean import nbdev_clean
from nbdev.config import get_config
from nbdev.frontmatter import FrontmatterProc
from nbdev.process import NBProcessor

ROOT = Path(__file__).resolve().parent.parent

def left_out(fn, skip_flags):
    "The ids of the cells that are not run, or None when the whole notebook is not"
    nb = NBProcessor(fn, procs=FrontmatterProc, process=True).nb
    if str2bool(getattr(nb, 'frontmatter_', {}).get('skip_exec', False)): return
    code = [c for c in nb.cells if c.cell_type == 'code']
    return {c.id for c in code if skip_flags & c.directives_.keys() or c.directives_.get('eval:', [''])[0].lower() == 'false'}

def refresh(fn, flags):
    "Run the notebook `fn` and store what its cells show"
    skip = left_out(fn, set(get_config().tst_flags.split()) - set(flags))
    if skip is None: return print(f'skip  {fn} (skip_exec)')
    nb = read_nb(fn)
    for c in nb.cells:
        if c.cell_type == 'code' and c.get('id') not in skip: c.outputs = []
    warnings.filterwarnings('ignore', message='`torch.jit.script`', category=FutureWarning)  # fastai's import causes it
    shell = CaptureShell(fn, mpl_format='png')
    with working_directory(fn.parent):
        try: shell.run_all(nb, exc_stop=True, preproc=lambda c: c.get('id') in skip)
        except Exception: sys.exit(shell.prettytb(fname=fn))
    for c in nb.cells:                                                          # warnings name paths of this machine
        if c.cell_type == 'code': c.outputs = [o for o in c.outputs if o.get('name') != 'stderr']
    write_nb(nb, fn)
    nbdev_clean.__wrapped__(str(fn))
    print(f'done  {fn}', flush=True)

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument('notebook', nargs='*', help='all notebooks by default')
    ap.add_argument('--flags', default='', help='flags of cells to run that are normally left out, such as "slow"')
    args = ap.parse_args()
    os.chdir(ROOT)
    files = [Path(f).resolve() for f in args.notebook] or sorted(p for p in (ROOT/'nbs').rglob('*.ipynb') if not any(s[0] in '._' for s in p.relative_to(ROOT).parts))
    if len(files) == 1:
        sys.path.insert(0, str(ROOT))
        refresh(files[0], args.flags.split())
    else:  # a process for each, so that none sees another's state
        code = [os.system(f'"{sys.executable}" "{__file__}" --flags "{args.flags}" "{f}"') for f in files]
        sys.exit(any(code))

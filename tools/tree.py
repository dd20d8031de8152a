"What belongs to the project: used by the checks, with or without git."
import shutil, subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILT = {'_proc', '_docs', 'build', 'dist', 'demo', 'demo.old', 'results', 'runs', 'data', 'models', '__pycache__'}

def _skipped(path):
    "Built, hidden or cached: what .gitignore lists, for a tree without git"
    return any(p in BUILT or p.endswith('.egg-info') or p.startswith(('.venv', '.cache', '.git/', '.ipynb')) or p in ('.git', '.hypothesis')
               for p in path.parts)

def project_files():
    "The project's files, relative to its root: git's list where there is a repository, else every file not built"
    if (ROOT/'.git').exists() and shutil.which('git'):
        res = subprocess.run('git ls-files -z --cached --others --exclude-standard'.split(), cwd=ROOT, capture_output=True, text=True)
        if res.returncode == 0:
            return sorted(p for p in {Path(f) for f in res.stdout.split('\0') if f} if (ROOT/p).exists())
    files, todo = [], [ROOT]
    while todo:
        for p in sorted(todo.pop().iterdir()):
            rel = p.relative_to(ROOT)
            if _skipped(rel): continue
            if p.is_dir() and not p.is_symlink(): todo.append(p)
            else: files.append(rel)
    return sorted(files)

def copy_project(dest):
    "Copy the project's files, links as links, to the folder `dest`"
    for f in project_files():
        to = Path(dest)/f
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT/f, to, follow_symlinks=False)
    return Path(dest)

"""A day of a new user, as a test: a long-tailed folder of PNG files, and what one does with it.

1. Six methods on a `vision_learner` whose body is frozen: `lr_find`, `fine_tune`, `show_results`, export; then a new
   process loads each file and predicts.
2. `compare` on the same folder: killed and continued, refused with changed settings, three processes at once.

`python tools/new_user.py` runs it all in a temporary folder; the other commands are the processes that it starts."""
import signal, subprocess, sys, tempfile, time, warnings
from functools import partial
from pathlib import Path

import matplotlib
matplotlib.use('Agg')
import pandas as pd
import torch
from fastai.vision.all import *
from lpl_nb.all import *
from PIL import Image
from sklearn.datasets import load_digits
from torchvision.models import resnet18

COUNTS = [40, 24, 14, 8, 5]                                     # training images of the digits 0 to 4
NAMES = ['zero', 'one', 'two', 'three', 'four']
METHODS = ['ce', 'unimix', 'ldam+drw', 'gcl2', 'lpl', 'sampled']

def make_folder(path):
    "PNG files of digits: train/<name> long-tailed, valid/<name> with twelve each"
    digits = load_digits()
    for c, (name, n) in enumerate(zip(NAMES, COUNTS)):
        images = digits.images[digits.target == c]
        for part, some in (('train', images[:n]), ('valid', images[-12:])):
            folder = path/part/name
            folder.mkdir(parents=True)
            for i, image in enumerate(some):
                Image.fromarray((image*15).astype('uint8')).resize((32, 32)).save(folder/f'{i:03d}.png')

def load(path):
    "As in fastai's tutorials: transforms of items and of batches"
    return ImageDataLoaders.from_folder(path, valid='valid', bs=16, num_workers=0, item_tfms=Resize(32),
                                        batch_tfms=aug_transforms(size=32, do_flip=False, max_rotate=5.), seed=0)

def one_method(path, name):
    "A frozen body, the method, and everything that a learner can do"
    set_seed(0, reproducible=True)
    dls = load(path)
    built = build_method(name, dls)
    learn = vision_learner(dls, resnet18, pretrained=False, loss_func=built.loss_func, metrics=ClassAccuracy())
    learn.path = path.parent/f'learner {name}'
    learn.path.mkdir()
    learn.freeze()                                              # as `pretrained=True` does
    built.adapt(learn)
    learn.add_cbs(built.cbs)
    if name == 'lpl': learn.add_cb(MixUp())
    with learn.no_bar(), learn.no_logging():
        rate = learn.lr_find(num_it=12, show_plot=False).valley
        assert 1e-8 < rate < 10
        learn.fine_tune(1, 3e-3, freeze_epochs=1)
        before = [p.clone() for p in learn.model[1].parameters()]
        learn.fit(1, 1e-3)
        assert any(not torch.equal(a, b) for a, b in zip(before, learn.model[1].parameters())), "the head did not train"
        learn.show_results(max_n=4)
        probs, labels = learn.get_preds()
    assert torch.allclose(probs.sum(1), torch.ones(len(probs)), atol=1e-4)
    learn.export('model.pkl')
    print(f'  {name}: trained, shown, exported; accuracy {(probs.argmax(1) == labels).float().mean():.2f}')

def predict(path):
    "In a new process: load what was exported, and predict all images of the validation set"
    for folder in sorted(path.parent.glob('learner *')):
        learn = load_learner(folder/'model.pkl')
        files = get_image_files(path/'valid').sorted()
        with learn.no_bar():
            probs, _ = learn.get_preds(dl=learn.dls.test_dl(files))
            name, _, p = learn.predict(files[0])
        assert name in NAMES and torch.allclose(p, probs[0], atol=1e-4)
        print(f'  {folder.name}: loaded, {len(files)} files predicted')

def body(n_classes):
    "A model as `vision_learner` makes it"
    return nn.Sequential(create_body(resnet18(), pretrained=False), create_head(512, n_classes))

def load_seeded(path, seed):
    set_seed(seed)
    return load(path)

def grid(path, out, **kwargs):
    "The comparison that all processes below want"
    return compare(partial(load_seeded, path), ['ce', 'unimix', 'lpl'], model=body, **{**dict(
        epochs=3, seeds=2, lr=3e-3, out=out, checkpoint_every=0), **kwargs})

def start(*args): return subprocess.Popen([sys.executable, '-W', 'ignore', __file__, *map(str, args)],
                                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

def finish(*processes):
    "What the processes wrote; stops if one of them failed"
    texts = [p.communicate(timeout=300)[0] for p in processes]
    for p, text in zip(processes, texts):
        if p.returncode: sys.exit(f'a process failed:\n{text}')
    return texts

def table(out):
    "The results of a folder, without what no two runs share"
    return pd.read_csv(out/'results.csv').drop(columns='seconds').sort_values(['method', 'seed']).to_csv(index=False)

def try_compare(path):
    "Killed and continued; changed settings; three at once"
    whole, broken, shared = (path.parent/name for name in ('whole', 'broken', 'shared'))
    grid(path, whole, log=None)
    first = start('grid', path, broken)
    while not list(broken.rglob('*.pt')) and first.poll() is None: time.sleep(.05)
    first.send_signal(signal.SIGKILL)
    first.wait()
    finish(start('grid', path, broken))
    assert table(broken) == table(whole), f"a killed comparison differs:\n{table(broken)}\n{table(whole)}"
    print('  killed with kill -9 and continued: the same table')
    try: grid(path, broken, lr=1e-3, log=None)
    except ValueError as e: print(f'  another learning rate: {str(e)[:100]}…')
    else: sys.exit('a run with another learning rate was taken from the folder')
    finish(*(start('grid', path, shared) for _ in range(3)))
    assert table(shared) == table(whole), f"three processes differ from one:\n{table(shared)}\n{table(whole)}"
    print('  three processes on one folder: the same table')

def main():
    with tempfile.TemporaryDirectory() as tmp:
        path = Path(tmp)/'images'
        make_folder(path)
        print('a vision_learner with a frozen body', flush=True)
        for name in METHODS: one_method(path, name)
        print(*finish(start('predict', path)), sep='', end='')
        print('compare', flush=True)
        try_compare(path)
    print('ok')

if __name__ == '__main__':
    torch.set_num_threads(1)
    warnings.simplefilter('ignore')
    if len(sys.argv) == 1: main()
    elif sys.argv[1] == 'predict': predict(Path(sys.argv[2]))
    elif sys.argv[1] == 'grid': grid(Path(sys.argv[2]), sys.argv[3])
    else: sys.exit(f'what is {sys.argv[1]!r}?')

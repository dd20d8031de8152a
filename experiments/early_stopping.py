"""When to stop, and which run to take, where training and validation labels are wrong: every epoch of every run, with what
each criterion sees, and the clean test accuracy that no criterion sees.

    python experiments/early_stopping.py --csv nbs/results/early_stopping.csv                                # about 3 minutes
    python experiments/early_stopping.py --data fashion --csv nbs/results/early_stopping.csv                 # about 20 minutes
    python experiments/early_stopping.py --data cifar10n --seeds 0 --csv nbs/results/early_stopping.csv      # about 2 hours

A tenth of the training images is set aside as a validation set, with labels as wrong as the others'. A run is a learning
rate and a weight decay, at constant rates, so that the epochs can be compared. `--suspects` is a second table, with a row
a run: the share of wrong labels that each ranking of the training labels misses when it may flag as many as are wrong.
Runs that the table has are not repeated. The images of Fashion-MNIST and CIFAR-10, and the labels of CIFAR-10N
(cifar10n.csv), are found as `lpl_nb.images.find_data` says.
"""
import argparse, warnings
warnings.filterwarnings('ignore')
from dataclasses import dataclass
from functools import partial
from pathlib import Path
import numpy as np, pandas as pd, torch, torch.nn.functional as F
from fastai.callback.channelslast import ChannelsLast
from fastai.callback.core import Callback
from fastai.data.transforms import Normalize
from fastai.learner import Learner
from fastai.metrics import accuracy
from fastai.optimizer import Adam, SGD
from sklearn.datasets import load_digits
from lpl_nb.data import ArrayDataset, arrays_dls, split_per_class
from lpl_nb.early_stopping import WatchSamples, false_negative_rate, first_minimum
from lpl_nb.images import RandomCropFlip, find_data, load_cifar10, load_fashion_mnist
from lpl_nb.models import Autocast, digits_convnet, resnet8, small_convnet
from lpl_nb.noise import labels_from_csv, noisy_labels
from lpl_nb.recipes import n_threads, seed_all
from lpl_nb.learner import write_atomic
from lpl_nb.susceptibility import Susceptibility

@dataclass
class Setup:
    "Data, noise, net and the runs"
    load: callable   # () → images (N, channels, H, W), labels, test images, test labels
    noises: tuple
    model: callable
    epochs: int
    settings: tuple  # (learning rate, weight decay) of each run
    seeds: int = 3
    bs: int = 128
    opt_func: callable = Adam
    tfms: tuple = ()
    cbs: tuple = ()
    threads: int = 1

def digits():
    images, labels = torch.as_tensor(load_digits().images[:, None] / 16).float(), torch.as_tensor(load_digits().target)
    test, rest = split_per_class(labels, (50,))
    return images[rest], labels[rest], images[test], labels[test]

def fashion(n=300, n_test=200):
    "A part of it, in balanced classes"
    data = load_fashion_mnist()
    (keep, _), (test, _) = split_per_class(data.y, (n,)), split_per_class(data.y_test, (n_test,))
    return data.x[keep], data.y[keep], data.x_test[test], data.y_test[test]

def cifar(n=None):
    data = load_cifar10()
    return data.x, data.y, data.x_test, data.y_test

SETTINGS = tuple((lr, wd) for lr in (3e-4, 1e-3, 3e-3) for wd in (.01, 1.))
FAST = (Autocast, ChannelsLast)
CIFAR = Setup(cifar, ('aggre', 'worse'), resnet8, 30, ((.02, 5e-4), (.1, 5e-4), (.1, 5e-3), (.4, 5e-4)), 1, 128,
              partial(SGD, mom=.9), (RandomCropFlip(), Normalize.from_stats((.4914, .4822, .4465), (.2470, .2435, .2616),
                                                                            cuda=False)), FAST, 2)
DATA = {'digits': Setup(digits, ('symmetric', 'instance'), digits_convnet, 40, SETTINGS, bs=32),
        'fashion': Setup(fashion, ('symmetric', 'instance'), small_convnet, 25, SETTINGS, bs=64),
        'cifar10n': CIFAR}

def labels_of(noise, x, y):
    "Wrong labels: 40 % of a kind, or a column of CIFAR-10N"
    if noise in ('aggre', 'worse', 'random1'):
        return labels_from_csv(find_data(['cifar10n.csv']), noise, clean='clean', against=y)
    x = x.float() / (255 if x.dtype == torch.uint8 else 1)
    return noisy_labels(y, (noise, .4), 10, seed=0, x=x - x.mean(0))        # centred: see the page on label noise

class EachEpoch(Callback):
    "Accuracy on the clean test images, and the margins so far, after each epoch"
    order = 900
    def __init__(self, dl, watch): self.dl, self.watch, self.accuracies, self.margins = dl, watch, [], []
    def after_epoch(self):
        self.margins.append(self.watch.margin.float())
        right = n = 0
        self.model.eval()
        with torch.no_grad():
            for x, y in self.dl:
                right, n = right + int((self.model(x).argmax(1) == y).sum()), n + len(y)
        self.accuracies.append(right / n)

def run(setup, noise, lr, wd, seed):
    "Rows of the epochs of a run, and the row of its suspect labels"
    x, y, x_test, y_test = setup.load()
    given = labels_of(noise, x, y)
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(0))
    valid, train = order[:len(y) // 10], order[len(y) // 10:]
    dls = arrays_dls(x[train], given[train], x[valid], given[valid], list(range(10)), setup.bs, seed, list(setup.tfms), 'cpu')
    test = dls.valid.new(ArrayDataset(x_test, y_test, list(range(10)), split_idx=1), bs=500)
    seed_all(seed, dls)
    probe, watch = Susceptibility(bs=128, seed=seed), WatchSamples()
    after = EachEpoch(test, watch)
    learn = Learner(dls, setup.model(10), loss_func=F.cross_entropy, opt_func=setup.opt_func, metrics=accuracy,
                    cbs=[probe, watch, after, *(cb() for cb in setup.cbs)])
    learn.remove_cbs([cb for cb in learn.cbs if cb.name == 'progress'])
    seed_all(seed, dls)
    with n_threads(setup.threads), learn.no_logging(): learn.fit(setup.epochs, lr, wd=wd)
    noisy = [row[-1] for row in learn.recorder.values]
    table = probe.table.assign(flips=watch.flips, noisy_accuracy=noisy, test_accuracy=after.accuracies)
    table.insert(0, 'epoch', range(setup.epochs))
    return table.drop(columns=['drop', 'susceptibility', 'lr']), suspects(learn, after.margins, watch.flips, y[train])

def suspects(learn, margins, flips, clean):
    "Missed share of the wrong labels, by each ranking"
    from sklearn.model_selection import cross_val_predict
    from sklearn.neighbors import KNeighborsClassifier
    ds, dl = learn.dls.train_ds, learn.dls.valid
    with learn.no_bar(), learn.no_logging():
        probs, _ = learn.get_preds(dl=dl.new(ds))
    y = ds.targets
    wrong = y != clean
    knn = cross_val_predict(KNeighborsClassifier(10), ds.x.flatten(1).float().numpy(), y.numpy(), cv=5, method='predict_proba')
    own = lambda p: torch.as_tensor(p).gather(1, y[:, None])[:, 0]
    scores = dict(margin=margins[-1], margin_early=margins[first_minimum(flips)], last_loss=own(probs.log_softmax(1)),
                  neighbours=own(knn))
    return {name: false_negative_rate(score, wrong) for name, score in scores.items()}

KEYS = ['data', 'noise', 'lr', 'wd', 'seed']

def add(new, file):
    "Write new rows into a table"
    table = pd.concat([pd.read_csv(file), new]) if file.exists() else new
    table = table.drop_duplicates([k for k in [*KEYS, 'epoch'] if k in table], keep='last')     # of an interrupted run
    write_atomic(file, lambda f: table.to_csv(f, index=False, float_format='%.5g'))

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--data', choices=DATA, default='digits')
    ap.add_argument('--noise', nargs='+', help='default: all of the data set')
    ap.add_argument('--seeds', nargs='+', type=int)
    ap.add_argument('--csv', type=Path, required=True, help='table of epochs to write into')
    ap.add_argument('--suspects', type=Path, help='table of runs; default: beside the first, with suspects in its name')
    args = ap.parse_args()
    setup, second = DATA[args.data], args.suspects or args.csv.with_name(f'{args.csv.stem}_suspects.csv')
    for seed in args.seeds or range(setup.seeds):
        for noise in args.noise or setup.noises:
            for lr, wd in setup.settings:
                key = dict(zip(KEYS, (args.data, noise, lr, wd, seed)))
                done = pd.read_csv(second) if second.exists() else pd.DataFrame(columns=KEYS)
                if (done[KEYS] == pd.Series(key)).all(axis=1).any(): continue
                epochs, suspect = run(setup, noise, lr, wd, seed)
                add(pd.DataFrame([key] * len(epochs)).join(epochs), args.csv)
                add(pd.DataFrame([key | suspect]), second)
                print(*key.values(), f'last {epochs.test_accuracy.iloc[-1]:.3f}, best {epochs.test_accuracy.max():.3f}', suspect, flush=True)

if __name__ == '__main__': main()

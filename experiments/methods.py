"""All methods on data that train in seconds: long-tailed digits, digits with groups, digits and Fashion-MNIST with wrong labels.

    python experiments/methods.py digits-lt OUT --csv nbs/results/digits_lt.csv
    python experiments/methods.py digits-groups OUT --seeds 0 1 2 3 4 --csv nbs/results/digits_groups.csv
    python experiments/methods.py digits-noise OUT --csv nbs/results/digits_noise.csv
    python experiments/methods.py fashion-noise OUT --csv nbs/results/fashion_noise.csv

An interrupted run goes on where it was. `--held-out` validates on training images that are left out, with right labels,
instead of the test set, for choosing options. Fashion-MNIST, of which 500 images of each class are taken, is found as
`lpl_nb.images.find_data` says.
"""
import argparse, warnings
warnings.filterwarnings('ignore', category=FutureWarning)
from functools import partial
import torch
from fastai.metrics import accuracy
from lpl_nb.compare import compare
from lpl_nb.data import digits_lt
from lpl_nb.groups import digits_groups, group_metrics
from lpl_nb.images import fashion_mnist_lt
from lpl_nb.models import digits_convnet, small_convnet

NOISE = .4 # Share of wrong labels, symmetric
LONG_TAIL = ['ce', 'wce', 'cb', 'focal', 'la', 'bayias', 'vs', 'lpl', 'la+lpl', 'cosine', 'ldam', 'drw', 'ldam+drw', 'gcl', 'gcl2', 'gcl_angular',
             'unimix', 'unimix+bayias', 'sampled', 'sampled(law=sqrt)', 'sampled(law=effective)', 'sampled(law=cben)', 'crt', 'clip(tau=10.)', 'alpha(alpha=0.9)']
ROBUST = ['ce', 'alpha(alpha=2.)', 'alpha(alpha=4.)', 'gce', 'sce', 'nce', 'mae', 'clip', 'clip(tau=5.0)', 'clip+gce']
GROUPS = ['ce', 'la', 'lpl', 'vs', 'group_vs', 'group_vs(gamma=0.)', 'group_vs(form=margin)', 'group_dro']
SETTINGS = {
    'digits-lt': dict(dls=lambda valid: digits_lt(imbalance=100, valid=valid, device='cpu'), model=digits_convnet, epochs=30, methods=LONG_TAIL),
    'digits-groups': dict(dls=lambda valid: digits_groups(valid=valid, device='cpu'), model=partial(digits_convnet, n_in=3), epochs=30, methods=GROUPS, metrics=group_metrics()),
    'digits-noise': dict(dls=lambda valid: digits_lt(imbalance=1, noise=NOISE, valid=valid, device='cpu'), model=digits_convnet, epochs=30, methods=ROBUST, metrics=accuracy),
    'fashion-noise': dict(dls=lambda valid: fashion_mnist_lt(imbalance=1, n_max=500, noise=NOISE, valid=valid, device='cpu'), model=small_convnet, epochs=15, methods=['ce', 'alpha(alpha=2.)', 'gce', 'clip', 'clip(tau=5.0)'], metrics=accuracy)}

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('setting', choices=SETTINGS)
    ap.add_argument('out', help='folder for the runs')
    ap.add_argument('--methods', nargs='+', help='as lpl_nb.methods.parse_method reads them; default: those of the table')
    ap.add_argument('--seeds', nargs='+', type=int, default=[0, 1, 2])
    ap.add_argument('--held-out', action='store_true')
    ap.add_argument('--csv', help='where to write the table')
    args = ap.parse_args()
    torch.set_num_threads(1)
    o = dict(SETTINGS[args.setting])
    dls, methods = o.pop('dls')('held-out' if args.held_out else 'test'), o.pop('methods')
    result = compare(dls, args.methods or methods, seeds=args.seeds, out=args.out, **o)
    print(result.to_markdown())
    if len(result.methods) > 1: print(result.differences_markdown())
    if args.csv: result.table.drop(columns='seconds').to_csv(args.csv, index=False, float_format='%.4f')

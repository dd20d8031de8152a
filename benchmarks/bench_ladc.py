"""What class statistics cost beside plain inference, and what they need in memory.

    python benchmarks/bench_ladc.py [--models resnet8 resnet32] [--images 2560] [--rounds 5] [--threads 2]
    python benchmarks/bench_ladc.py --memory                # C = 1000 classes, D = 2048 features

Images are random, of CIFAR's shape: no download. A pass is the model in evaluation mode over all batches, without
gradients; with statistics it is `class_statistics`, which also finds the features and adds counts, means and full
covariances in float64. Both passes are run in turn, and the figure is the median of the rounds.
"""
import argparse, platform, resource, statistics, time, warnings
warnings.filterwarnings('ignore')
import torch
import lpl_nb.models as models
from lpl_nb.data import arrays_dls
from lpl_nb.ladc import ClassStatistics, calibrate, class_statistics

@torch.no_grad()
def plain(model, dl):
    model.eval()
    for x, y in dl: model(x)

def seconds(f, *args, **kwargs):
    start = time.perf_counter()
    f(*args, **kwargs)
    return time.perf_counter() - start

def speed(names, n_images, bs, rounds):
    x, y = torch.rand(n_images, 3, 32, 32), torch.arange(n_images) % 10
    dl = arrays_dls(x[:bs], y[:bs], x, y, bs=bs, device='cpu').valid
    print('| model | inference, images/s | form | with statistics, images/s | share of the speed |\n|---|---:|---|---:|---:|')
    for name in names:
        model = getattr(models, name)()
        for form in ('full', 'diag', 'low-rank'):
            pairs = [(seconds(plain, model, dl), seconds(class_statistics, model, dl, form=form)) for _ in range(rounds + 1)]
            inference, both = (statistics.median(t) for t in zip(*pairs[1:]))                # the first round warms up
            print(f'| {name} | {n_images/inference:.0f} | {form} | {n_images/both:.0f} | {inference/both:.1%} |', flush=True)

def memory(n_classes, n_features, n_batches, bs):
    print('| form | statistics, GB | ms a batch of statistics | ms to calibrate and draw 100 for a class | most memory in use, GB |')
    print('|---|---:|---:|---:|---:|')
    share = torch.arange(1, n_classes + 1).double().reciprocal()
    for form in ('diag', 'low-rank'):
        stats, times = ClassStatistics(n_classes, n_features, form), []
        for _ in range(n_batches):
            y = torch.multinomial(share, bs, replacement=True)
            x = torch.randn(bs, n_features).relu() + y[:, None] % 7
            times.append(seconds(stats.update, x, y))
        cal = calibrate(stats)
        size = sum(b.nbytes for b in stats.buffers()) / 1e9
        sizes = torch.zeros(len(cal)).long()
        sizes[:5] = 100
        draw = seconds(cal.draw, sizes) / 5
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f'| {form} | {size:.2f} | {1e3*statistics.median(times):.0f} | {1e3*draw:.0f} | {peak:.2f} |', flush=True)
    try: ClassStatistics(n_classes, n_features)
    except ValueError as e: print(f'\nFull covariances are refused: {e}')

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--models', nargs='+', default=['resnet8', 'resnet32'])
    ap.add_argument('--images', type=int, default=2560)
    ap.add_argument('--bs', type=int, default=128)
    ap.add_argument('--rounds', type=int, default=5)
    ap.add_argument('--threads', type=int, default=2)
    ap.add_argument('--memory', action='store_true')
    ap.add_argument('--classes', type=int, default=1000)
    ap.add_argument('--features', type=int, default=2048)
    args = ap.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    print(f'torch {torch.__version__}, {platform.machine()}, {torch.backends.cpu.get_cpu_capability()}, {args.threads} threads, '
          f'batches of {args.bs}\n')
    if args.memory: memory(args.classes, args.features, 40, args.bs)
    else: speed(args.models, args.images, args.bs, args.rounds)

"""What the callbacks `Susceptibility` and `WatchSamples` take of an epoch of CIFAR-10.

    python benchmarks/bench_susceptibility.py [--threads 2] [--images 50000] [--epochs 3] [--models resnet8 resnet32]

Images are random bytes of CIFAR's shape: no download. They are cropped, flipped and normalised, the nets trained by SGD with
momentum in batches of 128, in bfloat16 with the channels last where --fast is given. The time inside of a callback is
measured in the fit itself, event by event, so that it need not be found as the difference of two epochs. The aim is
at most 2 % of an epoch for the probe and for both.
"""
import argparse, platform, time, warnings
warnings.filterwarnings('ignore')
import torch, torch.nn.functional as F
from fastai.callback.channelslast import ChannelsLast
from fastai.callback.core import Callback
from fastai.data.transforms import Normalize
from fastai.learner import Learner
from fastai.optimizer import SGD
import lpl_nb.models as models
from lpl_nb.data import arrays_dls
from lpl_nb.early_stopping import WatchSamples
from lpl_nb.images import RandomCropFlip
from lpl_nb.susceptibility import Susceptibility

def now():
    if torch.cuda.is_available(): torch.cuda.synchronize()
    return time.perf_counter()

class Timed:
    "Adds up the time that a callback spends in its events"
    seconds = 0.
    def __call__(self, event_name):
        start = now()
        try: return super().__call__(event_name)
        finally: self.seconds += now() - start

class TimedProbe(Timed, Susceptibility): pass
class TimedWatch(Timed, WatchSamples): pass

class Epochs(Callback):
    "Seconds of each training pass"
    order = -100
    def __init__(self): self.seconds = []
    def before_train(self): self.start = now()
    def after_epoch(self): self.seconds.append(now() - self.start)

def measure(model, args, device):
    "Seconds of an epoch, and of the two callbacks in it, without the first epoch"
    n = args.images
    x, y = torch.randint(256, (n, 3, 32, 32), dtype=torch.uint8), torch.arange(n) % 10
    tfms = [RandomCropFlip(), Normalize.from_stats((.49, .48, .45), (.25, .24, .26), cuda=device != 'cpu')]
    dls = arrays_dls(x, y, x[:128], y[:128], bs=128, batch_tfms=tfms, device=device)
    probe, watch, epochs = TimedProbe(), TimedWatch(), Epochs()
    fast = [models.Autocast(), ChannelsLast()] if args.fast else []
    learn = Learner(dls, getattr(models, model)().to(device), loss_func=F.cross_entropy, opt_func=SGD, cbs=[probe, watch, epochs, *fast])
    learn.remove_cbs([cb for cb in learn.cbs if cb.name == 'progress'])
    with learn.no_logging():
        learn.fit(1, .01)
        probe.seconds, watch.seconds = 0., 0.
        epochs.seconds.clear()
        learn.fit(args.epochs - 1, .01)
    k = args.epochs - 1
    return sum(epochs.seconds) / k, probe.seconds / k, watch.seconds / k, len(dls.train)

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--threads', type=int, default=2)
    ap.add_argument('--images', type=int, default=50_000)
    ap.add_argument('--epochs', type=int, default=3, help='the first one is not counted')
    ap.add_argument('--models', nargs='+', default=['resnet8', 'resnet32'])
    ap.add_argument('--fast', action='store_true')
    args = ap.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    print(f'torch {torch.__version__}, {platform.machine()}, {device}, {args.threads} threads, {args.images} images\n')
    print('| model | batches | epoch (s) | Susceptibility | WatchSamples | both | a probe in training steps |\n|---|---|---|---|---|---|---|')
    for model in args.models:
        epoch, probe, watch, batches = measure(model, args, device)
        rest = epoch - probe - watch
        print(f'| {model} | {batches} | {epoch:.1f} | {probe/rest:.2%} | {watch/rest:.2%} | {(probe + watch)/rest:.2%} | {probe/rest*batches:.2f} |')

"Does an installed lpl_nb work with the fastai at hand? Train one epoch with `LPLLoss` on made-up data, save, load, predict."
import tempfile

import fastai, fastcore, torch
import fastai.callback.progress, fastai.callback.schedule  # no_bar, fit_one_cycle
from fastai.basics import DataLoaders, Learner, accuracy
from torch.utils.data import TensorDataset
from lpl_nb.all import LPLLoss

def main(counts=(160, 80, 40, 20), d=8, bs=32):
    torch.manual_seed(0)
    y = torch.cat([torch.full((n,), c) for c, n in enumerate(counts)])
    x = 3*torch.randn(len(counts), d)[y] + torch.randn(len(y), d)
    ds = TensorDataset(x, y)
    dls = DataLoaders.from_dsets(ds, ds, bs=bs, device='cpu')
    with tempfile.TemporaryDirectory() as tmp:
        learn = Learner(dls, torch.nn.Linear(d, len(counts)), loss_func=LPLLoss(torch.tensor(counts)), metrics=accuracy, path=tmp)
        with learn.no_bar(), learn.no_logging():
            learn.fit_one_cycle(1, 0.1)
            train, valid, acc = learn.recorder.values[-1]
            learn.save('smoke')
            learn.load('smoke')
            preds, targs = learn.get_preds()
    assert torch.isfinite(torch.tensor([train, valid])).all(), (train, valid)
    assert preds.shape == (len(y), len(counts)) and torch.allclose(preds.sum(1), torch.ones(len(y)), atol=1e-4), 'predictions are not probabilities'
    assert acc > 0.5, f'accuracy {acc:.2f}: nothing was learned'
    print(f'ok: torch {torch.__version__}, fastai {fastai.__version__}, fastcore {fastcore.__version__}, accuracy {acc:.2f}')

if __name__ == '__main__': main()

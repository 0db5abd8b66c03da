"""A model's folder by the name or path in a setting: one of the user's own, or a copy from the model hub; and what loads it."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ingest.errors import ModelError
from ingest.models.wheels import Report

Model = TypeVar("Model")

MODEL_FILES = (".json", ".safetensors", ".txt", ".model")  # what a model's figures depend on; also what is downloaded
_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".ckpt")


def model_folder(model: str, what: str, report: Report) -> Path:
    """The folder of `model`: a folder's path, or a name on the hub, whose local copy is used when there is one.

    `what` the model is ("embedding model", "reranker") names the setting too.

    Raises:
        ModelError: there is no such folder and no such model, or its weights are pickled.
    """
    folder = Path(model).expanduser()
    if not (model and folder.is_dir()):
        folder = _hub_folder(model, what, report)
    _refuse_pickles(folder, what)
    return folder


def _hub_folder(name: str, what: str, report: Report) -> Path:
    from httpx2 import HTTPError
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    patterns = [f"*{ending}" for ending in MODEL_FILES]
    try:
        return Path(snapshot_download(name, local_files_only=True, allow_patterns=patterns))
    except FileNotFoundError:
        report(f"Getting the {what} {name} from the model hub …")
    except HFValidationError as error:
        raise _unknown(name, what, "no such folder, and no name on the model hub") from error
    try:
        return Path(snapshot_download(name, allow_patterns=patterns, etag_timeout=10))
    except (HTTPError, OSError, RuntimeError, ValueError) as error:
        reason = "no such folder, and the model hub cannot be reached or has no such model"
        raise _unknown(name, what, reason) from error


def _unknown(name: str, what: str, reason: str) -> ModelError:
    return ModelError(f"The {what} '{name}' cannot be got ({reason}); mend the setting {what.replace(' ', '_')}.")


def _refuse_pickles(folder: Path, what: str) -> None:
    """Weights in pickles can run code, so that each folder inside needs safetensors."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in _PICKLES and not any(path.parent.glob("*.safetensors")):
            raise ModelError(f"The {what} has pickled weights ({path}); name one with safetensors weights.")


def load_from(folder: Path, make: Callable[..., Model], called: str) -> Model:
    """A sentence-transformers model from its folder alone: no network, no code of its own, no pickles, float32.

    Raises:
        ModelError: naming the model as it is `called`, and the folder.
    """
    import torch
    from safetensors import SafetensorError
    from transformers.utils import logging

    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        return make(
            str(folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True, "dtype": torch.float32},
        )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, ImportError, SafetensorError) as error:
        reason = str(error).strip().split("\n")[0].rstrip(".")
        raise ModelError(f"The {called} in {folder} cannot be loaded ({reason}).") from error
    finally:
        if bars:
            logging.enable_progress_bar()

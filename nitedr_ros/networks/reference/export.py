"""Export the authors' weights: `python -m nitedr_ros.networks.reference.export --help`.

The graph pads by itself, so that images of any size go through the published path unchanged.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nitedr_ros.errors import NitedrError
from nitedr_ros.networks.export import arguments_of_model, register
from nitedr_ros.networks.reference.checkpoint import load_cleannet, load_fusionnet
from nitedr_ros.networks.reference.inference_path import InferencePath


def main() -> None:
    """Write MODEL.onnx and MODEL's description into a folder of the registry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--cleannet', type=Path, required=True, help='best_net_g.pth')
    parser.add_argument('--fusionnet', type=Path, required=True, help='fusion.pth')
    arguments_of_model(parser)
    arguments = vars(parser.parse_args())
    try:
        path = InferencePath(
            load_cleannet(arguments.pop('cleannet')), load_fusionnet(arguments.pop('fusionnet'))
        )
    except NitedrError as error:
        sys.stderr.write(f'error: {error}\n')
        raise SystemExit(error.exit_code) from None
    register(path.eval(), size_multiple=1, **arguments)


if __name__ == '__main__':
    main()

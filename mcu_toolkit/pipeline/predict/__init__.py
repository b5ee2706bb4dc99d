"""`mcu predict`: a few inputs through a model, on any runner or several side by side."""

from mcu_toolkit.pipeline.predict.records import PredictRequest, PredictResult
from mcu_toolkit.pipeline.predict.run import predict

__all__ = ["PredictRequest", "PredictResult", "predict"]

"""What every table of a customer's file has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of a configuration file: unknown keys are errors, and errors never repeat the input."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

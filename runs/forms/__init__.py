"""The form of an agent's page, made from the agent's ``Input``.

The schema says which controls there are; whether what was sent fits, only pydantic
says. What was typed and uploaded stays in the form, whatever is refused.
"""

from runs.forms.complaints import complaint
from runs.forms.input_form import InputForm
from runs.forms.policy import EXAMPLE_POLICY, PolicyForm
from runs.forms.schedule_form import ScheduleForm

__all__ = ["EXAMPLE_POLICY", "InputForm", "PolicyForm", "ScheduleForm", "complaint"]

"""Whether this computer has keys for Amazon's kind of bucket: environment first, then ~/.aws.

Townscape stores none of them. What is found is handed to the client and forgotten.
"""

import configparser
import os
from collections.abc import Mapping
from pathlib import Path

from townscape.core.errors import InputError

_ROLES = (
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)


def s3_credentials(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What the client must be told: keys (and region) of the profile, if the environment has none.

    Empty where the environment holds keys or a role, which the client reads itself. Raises
    `InputError` if the profile that AWS_PROFILE names is not there, or is one that needs a program
    or a log-in of Amazon's own tools.
    """
    if environment.get("AWS_ACCESS_KEY_ID") or any(environment.get(name) for name in _ROLES):
        return {}
    home = Path(environment.get("HOME") or Path.home()) / ".aws"
    keys = Path(environment.get("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials")
    config = Path(environment.get("AWS_CONFIG_FILE") or home / "config")
    name = environment.get("AWS_PROFILE") or environment.get("AWS_DEFAULT_PROFILE") or "default"
    values = _section(config, name if name == "default" else f"profile {name}") | _section(keys, name)
    if not values and name != "default":
        raise InputError(
            f"There is no profile {name!r} in {keys}.", hint="set AWS_PROFILE to one that is there."
        )
    if values and "aws_access_key_id" not in values and {"sso_session", "sso_start_url"} & values.keys():
        raise InputError(
            f"Profile {name!r} logs in through Amazon's own tools, which Townscape does not do.",
            hint='run `eval "$(aws configure export-credentials --format env)"` first.',
        )
    wanted = {
        "aws_access_key_id": "access_key_id",
        "aws_secret_access_key": "secret_access_key",
        "aws_session_token": "session_token",
        "region": "region",
    }
    return {ours: values[theirs] for theirs, ours in wanted.items() if values.get(theirs)}


def has_no_s3_credentials(found: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> bool:
    """Whether nothing can sign: no keys, no role, and the machine is not to be asked for one."""
    has_any = "access_key_id" in found or environment.get("AWS_ACCESS_KEY_ID")
    has_role = any(environment.get(name) for name in _ROLES)
    may_ask = environment.get("AWS_EC2_METADATA_DISABLED", "").lower() != "true"
    return not (has_any or has_role or may_ask)


def _section(path: Path, name: str) -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, "utf-8")
    except (OSError, UnicodeDecodeError, configparser.Error):
        raise InputError(f"{path} cannot be read.", hint="mend it, or set AWS_ACCESS_KEY_ID.") from None
    return dict(parser[name]) if parser.has_section(name) else {}

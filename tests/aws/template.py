"""The CloudFormation template as data, and its secrets as CloudFormation would make them."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cfnlint.decode import decode

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "deploy" / "aws" / "box-office.yaml"
STACK = "box-office"
COPY_ROLE = "arn:aws:iam::123456789012:role/box-office-CopyRole"


def template() -> dict[str, Any]:
    """The template, with the short functions (`!Sub`) in their long form."""
    found, problems = decode(str(FILE))
    assert not problems, problems
    return json.loads(json.dumps(found))


def of_type(body: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The properties of every resource of a type, by logical name."""
    return {name: each["Properties"] for name, each in body["Resources"].items() if each["Type"] == kind}


def statements(policy: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], list[str], list[Any]]]:
    """Each statement of a policy document, with its actions and resources as lists."""
    for each in policy["Statement"]:
        actions, resources = each["Action"], each.get("Resource", [])
        yield each, actions if isinstance(actions, list) else [actions], resources if isinstance(resources, list) else [resources]


def secrets(
    body: Mapping[str, Any], host: str, conditions: frozenset[str] = frozenset({"Serverless"}), **passwords: str
) -> dict[str, str]:
    """By name: the strings that the stack's secrets start with; a generated password is taken from `passwords`."""
    known = {
        "CopyRole.Arn": COPY_ROLE,
        "AWS::Region": "ap-northeast-2",
        "AWS::StackName": STACK,
        "Workgroup": STACK,
        "Cluster": STACK,
    }

    def text(value: Any) -> str:
        match value:
            case {"Fn::If": [condition, then, otherwise]}:
                return text(then if condition in conditions else otherwise)
            case {"Fn::GetAtt": _}:
                return host
            case {"Fn::Sub": [pattern, names]}:
                return _filled(pattern, known | {name: text(each) for name, each in names.items()})
            case {"Fn::Sub": pattern}:
                return _filled(pattern, known)
            case _:
                return str(value)

    made = {}
    for properties in of_type(body, "AWS::SecretsManager::Secret").values():
        name = text(properties["Name"])
        if generated := properties.get("GenerateSecretString"):
            content = json.loads(text(generated["SecretStringTemplate"]))
            content[generated["GenerateStringKey"]] = passwords[name.rpartition("/")[2]]
            made[name] = json.dumps(content)
        else:
            made[name] = text(properties["SecretString"])
    return made


def _filled(pattern: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$\{([^}]+)\}", lambda name: known[name[1]], pattern)


def user_data(stack: str, region: str) -> str:
    """The script that the machine runs when it starts first."""
    script = of_type(template(), "AWS::EC2::Instance")["Instance"]["UserData"]["Fn::Base64"]["Fn::Sub"]
    return _filled(str(script), {"AWS::StackName": stack, "AWS::Region": region})


def prefixes(role: str, action: str) -> tuple[str, ...]:
    """The beginnings of the lake's keys on which a role may do this."""
    body = template()
    granted = [
        resource["Fn::Sub"].removeprefix("${Lake.Arn}/").removesuffix("*")
        for policy in of_type(body, "AWS::IAM::Role")[role]["Policies"]
        for _, actions, resources in statements(policy["PolicyDocument"])
        for resource in resources
        if action in actions
    ]
    return tuple(granted)


def expiring() -> str:
    """The beginning of the keys that the lake's rules delete."""
    rules = of_type(template(), "AWS::S3::Bucket")["Lake"]["LifecycleConfiguration"]["Rules"]
    (prefix,) = [rule["Prefix"] for rule in rules if "ExpirationInDays" in rule]
    return str(prefix)

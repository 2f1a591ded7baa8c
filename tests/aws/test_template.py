"""What the AWS template must never give away: rights without a use, doors to the world, data in the clear, money without end."""

import json
import re
import warnings

import boto3
import pytest
from moto import mock_aws

from tests.aws.template import FILE, ROOT, STACK, of_type, statements, template

REGION = "ap-northeast-2"

USED = {
    # role and action: the file that uses it, and the words in it that do
    ("InstanceRole", "s3:PutObject"): ("include/kofic/lake.py", "client.put_object("),
    ("InstanceRole", "s3:GetObject"): ("include/kofic/lake.py", "client.head_object("),
    ("InstanceRole", "s3:ListBucket"): ("include/kofic/lake.py", 'get_paginator("list_objects_v2")'),
    ("InstanceRole", "secretsmanager:GetSecretValue"): ("deploy/ec2/compose.yaml", "secrets_manager.SecretsManagerBackend"),
    ("InstanceRole", "logs:CreateLogStream"): ("deploy/ec2/compose.yaml", "driver: awslogs"),
    ("InstanceRole", "logs:PutLogEvents"): ("deploy/ec2/compose.yaml", "driver: awslogs"),
    ("CopyRole", "s3:GetObject"): ("include/kofic/warehouse/redshift.py", "format as parquet manifest"),
    # Only with the parameter WarehouseLogin: iam.
    ("ServerlessLogin", "redshift-serverless:GetCredentials"): ("include/kofic/warehouse/redshift.py", '"is_serverless": True'),
    ("ClusterLogin", "redshift:GetClusterCredentials"): ("include/kofic/warehouse/redshift.py", '"cluster_identifier"'),
    # COPY lists what it reads: Amazon Redshift guide, "COPY, Amazon S3: LIST access to the bucket and GET access to the objects".
    ("CopyRole", "s3:ListBucket"): ("include/kofic/warehouse/redshift.py", "format as parquet manifest"),
}

NOT_IN_MOTO = {
    "AWS::Budgets::Budget",
    "AWS::CloudWatch::Alarm",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::Logs::MetricFilter",
    "AWS::Redshift::ClusterParameterGroup",
    "AWS::RedshiftServerless::Namespace",
    "AWS::RedshiftServerless::Workgroup",
    "AWS::S3::BucketPolicy",
    "AWS::SecretsManager::Secret",
}
"""Types that moto 5.2 passes over; docs/runbook.md names them too."""


@pytest.fixture(scope="module")
def body():
    return template()


def _granted(body):
    of_roles = [(role, each) for role, properties in of_type(body, "AWS::IAM::Role").items() for each in properties["Policies"]]
    for name, policy in [*of_roles, *of_type(body, "AWS::IAM::Policy").items()]:
        for statement, actions, resources in statements(policy["PolicyDocument"]):
            yield name, statement, actions, resources


def test_every_right_is_used_and_no_other_is_given(body):
    assert {(role, action) for role, _, actions, _ in _granted(body) for action in actions} == set(USED)


@pytest.mark.parametrize(("right", "use"), USED.items(), ids=lambda each: " ".join(each))
def test_a_rights_use_is_where_the_table_says(right, use):
    file, words = use
    assert words in (ROOT / file).read_text()


def test_no_right_is_wider_than_a_named_resource(body):
    own = set(body["Resources"])
    for _, statement, actions, resources in _granted(body):
        assert statement["Effect"] == "Allow"
        assert not any("*" in action for action in actions)
        for resource in resources:
            ((function, argument),) = resource.items()
            named = argument[0] if function == "Fn::GetAtt" else argument
            assert set(re.split(r"[${}.:/]+", named)) & own, f"{resource} names no resource of the stack"
            if function == "Fn::Sub":
                # Below a prefix, never the whole bucket; or one user of one database of the cluster.
                below = r"\$\{Lake\.Arn\}/(raw|manifests)/\*"
                login = r"arn:\$\{AWS::Partition\}:redshift:.*:(dbuser:\$\{Cluster\}/pipeline|dbname:\$\{Cluster\}/warehouse)"
                assert re.fullmatch(f"{below}|{login}", named)


def test_the_list_of_a_bucket_is_bound_to_prefixes(body):
    for _, statement, actions, _ in _granted(body):
        if "s3:ListBucket" in actions:
            assert set(statement["Condition"]["StringLike"]["s3:prefix"]) <= {"raw/*", "manifests/*"}


def test_nothing_can_delete_a_capture(body):
    granted = {action for _, _, actions, _ in _granted(body) for action in actions}
    assert not {action for action in granted if "Delete" in action}
    for rule in of_type(body, "AWS::S3::Bucket")["Lake"]["LifecycleConfiguration"]["Rules"]:
        assert "ExpirationInDays" not in rule or rule["Prefix"] == "manifests/"
        assert "Prefix" in rule or set(rule) == {"Id", "Status", "AbortIncompleteMultipartUpload"}
        assert all(each["StorageClass"] in {"STANDARD_IA", "GLACIER_IR"} for each in rule.get("Transitions", [])), "read at once"


def test_the_only_managed_policy_is_session_managers(body):
    managed = [each for role in of_type(body, "AWS::IAM::Role").values() for each in role.get("ManagedPolicyArns", [])]
    assert managed == [{"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"}]


def test_only_redshift_and_ec2_take_the_roles(body):
    roles = of_type(body, "AWS::IAM::Role")
    trusted = {
        name: [each["Principal"]["Service"] for each in role["AssumeRolePolicyDocument"]["Statement"]]
        for name, role in roles.items()
    }
    assert trusted == {
        "CopyRole": [["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]],
        "InstanceRole": [["ec2.amazonaws.com"]],
    }
    conditions = [each.get("Condition") for role in roles.values() for each in role["AssumeRolePolicyDocument"]["Statement"]]
    assert conditions == [None, None], "Redshift documents no key but sts:ExternalId here; with another no COPY may read"


def _ingress(body, condition=None):
    """The doors, with those that open under this condition."""
    for group in of_type(body, "AWS::EC2::SecurityGroup").values():
        yield from group.get("SecurityGroupIngress", [])
    for name, rule in of_type(body, "AWS::EC2::SecurityGroupIngress").items():
        if body["Resources"][name].get("Condition") in {None, "UiIsReachable", condition}:
            yield rule


def test_preset_reaches_the_warehouse_only_when_its_region_is_chosen_and_from_its_own_addresses(body):
    assert body["Parameters"]["PresetRegion"]["Default"] == "none"
    let_in = [rule["CidrIp"]["Fn::FindInMap"] for rule in _ingress(body, "PresetIsLetIn") if rule.get("Description") == "Preset"]
    assert let_in == [["Preset", {"Ref": "PresetRegion"}, which] for which in ("First", "Second", "Third")]
    regions = body["Mappings"]["Preset"]
    assert set(regions) == set(body["Parameters"]["PresetRegion"]["AllowedValues"])
    addresses = [address for name, region in regions.items() for address in region.values() if name != "none"]
    assert len(set(addresses)) == 12
    assert all(re.fullmatch(r"(\d+\.){3}\d+/32", address) for address in addresses)


def test_the_stack_waits_for_the_machine_and_hears_how_its_first_start_ended(body):
    assert body["Resources"]["Instance"]["CreationPolicy"] == {"ResourceSignal": {"Count": 1, "Timeout": "PT15M"}}


def test_no_door_is_open_to_the_world(body):
    doors = [(each["FromPort"], each["ToPort"], each.get("CidrIp"), each.get("CidrIpv6")) for each in _ingress(body)]
    assert sorted(doors, key=str) == [(443, 443, {"Ref": "UiCidr"}, None), (5439, 5439, None, None)]
    assert body["Resources"]["UiIngress"]["Condition"] == "UiIsReachable"
    assert body["Parameters"]["UiCidr"]["Default"] == ""
    pattern = re.compile(body["Parameters"]["UiCidr"]["AllowedPattern"])
    assert [cidr for cidr in ("0.0.0.0/0", "0.0.0.0/1", "10.0.0.0/8", "1.2.3.4", "::/0", "x") if pattern.search(cidr)] == []
    assert all(pattern.search(cidr) for cidr in ("", "10.0.0.0/16", "203.0.113.7/32"))


def test_the_warehouse_is_private_and_encrypted_both_kinds(body):
    cluster, workgroup = (
        of_type(body, "AWS::Redshift::Cluster")["Cluster"],
        of_type(body, "AWS::RedshiftServerless::Workgroup")["Workgroup"],
    )
    assert cluster["PubliclyAccessible"] == workgroup["PubliclyAccessible"] == {"Fn::If": ["PresetIsLetIn", True, False]}
    assert cluster["Encrypted"] is True, "serverless is always encrypted"
    tls = of_type(body, "AWS::Redshift::ClusterParameterGroup")["ClusterParameters"]["Parameters"]
    assert {"ParameterName": "require_ssl", "ParameterValue": "true"} in tls
    assert {"ParameterKey": "require_ssl", "ParameterValue": "true"} in workgroup["ConfigParameters"]


def test_the_machine_has_no_key_no_old_metadata_service_and_an_encrypted_disk(body):
    machine = of_type(body, "AWS::EC2::Instance")["Instance"]
    assert "KeyName" not in machine
    assert machine["MetadataOptions"] == {"HttpEndpoint": "enabled", "HttpTokens": "required", "HttpPutResponseHopLimit": 2}
    assert [each["Ebs"]["Encrypted"] for each in machine["BlockDeviceMappings"]] == [True]
    assert machine["DisableApiTermination"] is True


def test_the_lake_is_closed_encrypted_versioned_and_outlives_the_stack(body):
    lake = of_type(body, "AWS::S3::Bucket")["Lake"]
    assert set(lake["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(lake["PublicAccessBlockConfiguration"]) == 4
    assert lake["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert lake["VersioningConfiguration"] == {"Status": "Enabled"}
    assert body["Resources"]["Lake"]["DeletionPolicy"] == body["Resources"]["Lake"]["UpdateReplacePolicy"] == "Retain"
    (statement,) = of_type(body, "AWS::S3::BucketPolicy")["LakePolicy"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert statement["Resource"] == [{"Fn::GetAtt": ["Lake", "Arn"]}, {"Fn::Sub": "${Lake.Arn}/*"}]


def test_no_secret_passes_through_the_template(body):
    assert not [name for name in body["Parameters"] if re.search(r"key$|secret|password|token", name, re.IGNORECASE)]
    assert of_type(body, "AWS::Redshift::Cluster")["Cluster"]["ManageMasterPassword"] is True
    assert of_type(body, "AWS::RedshiftServerless::Namespace")["Namespace"]["ManageAdminPassword"] is True
    for properties in of_type(body, "AWS::SecretsManager::Secret").values():
        assert "password" not in json.dumps(properties.get("SecretString", ""))


def test_somebody_hears_of_every_alarm_and_of_the_money(body):
    alarms = of_type(body, "AWS::CloudWatch::Alarm")
    assert all({"Ref": "Alarms"} in alarm["AlarmActions"] for alarm in alarms.values())
    assert alarms["NothingPublished"]["TreatMissingData"] == "breaching", "a machine that is gone sends no lines"
    kinds = [
        each["Notification"]["NotificationType"]
        for each in of_type(body, "AWS::Budgets::Budget")["Budget"]["NotificationsWithSubscribers"]
    ]
    assert sorted(kinds) == ["ACTUAL", "FORECASTED"]
    counted = {each["MetricTransformations"][0]["MetricName"] for each in of_type(body, "AWS::Logs::MetricFilter").values()}
    assert counted == {alarm["MetricName"] for alarm in alarms.values() if alarm["Namespace"] != "AWS/EC2"}


# Not Serverless with IAM: moto knows no workgroup, of which that right is.
@pytest.mark.parametrize(("kind", "login"), [("serverless", "password"), ("provisioned", "password"), ("provisioned", "iam")])
def test_moto_makes_the_stack_and_takes_it_away(body, kind, login, monkeypatch):
    """As far as moto's CloudFormation goes: what it does not know is named, and outputs of that are left out."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    outputs = {
        name: each
        for name, each in body["Outputs"].items()
        if name in {"InstanceId", "LakeBucket", "ConnectionsPrefix", "LogGroup"}
    }
    with mock_aws(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ec2, cloud = boto3.client("ec2", REGION), boto3.client("cloudformation", REGION)
        subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]]
        given = {
            "VpcId": ec2.describe_vpcs()["Vpcs"][0]["VpcId"],
            "InstanceSubnetId": subnets[0],
            "WarehouseSubnetIds": ",".join(subnets),
            "ImageId": ec2.describe_images()["Images"][0]["ImageId"],
            "BucketName": "airflow-project3",
            "AlarmEmail": "team@example.com",
            "WarehouseKind": kind,
            "WarehouseLogin": login,
            "PresetRegion": "ap-northeast-1",
            "UiCidr": "10.0.0.0/16",
        }
        cloud.create_stack(
            StackName=STACK,
            TemplateBody=json.dumps({**body, "Outputs": outputs}),
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
        (stack,) = cloud.describe_stacks(StackName=STACK)["Stacks"]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        assert outputs["ConnectionsPrefix"] == f"{STACK}/connections"
        passed_over = {kind for each in caught for kind in re.findall(r"Tried to parse (AWS::\S+)", str(each.message))}
        assert passed_over <= NOT_IN_MOTO
        made = {each.get("ResourceType") for each in cloud.describe_stack_resources(StackName=STACK)["StackResources"]}
        met = {
            None,
            "UiIsReachable",
            "PresetIsLetIn",
            kind.capitalize(),
            f"{kind.capitalize()}IamLogin" if login == "iam" else None,
        }
        expected = {each["Type"] for each in body["Resources"].values() if each.get("Condition") in met}
        assert made | passed_over >= expected
        s3 = boto3.client("s3", REGION)
        assert s3.get_bucket_encryption(Bucket="airflow-project3")["ServerSideEncryptionConfiguration"]["Rules"]
        (machine,) = ec2.describe_instances(InstanceIds=[outputs["InstanceId"]])["Reservations"][0]["Instances"]
        assert machine["State"]["Name"] == "running"
        # Moto forgets the termination protection only when it is lifted, as AWS does; the runbook says so.
        ec2.modify_instance_attribute(InstanceId=outputs["InstanceId"], DisableApiTermination={"Value": False})
        cloud.delete_stack(StackName=STACK)
        assert [each for each in cloud.list_stacks()["StackSummaries"] if each["StackStatus"] != "DELETE_COMPLETE"] == []


def test_the_template_fits_cloudformations_limit():
    assert len(FILE.read_bytes()) < 51_200, "what create-stack takes without a bucket"

"""The job and the orchestrator as each artefact would deploy them, in one form to be compared."""

import re

from discovery import body_of
from hcl import Expression


def plain(value: object, facts: dict[str, str]) -> str:
    """A value of Terraform's with its references replaced by what the files for gcloud have in their place."""
    text = "${" + value.text + "}" if isinstance(value, Expression) else str(value)
    text = re.sub(r"tostring\(([^)]*)\)", r"\1", text)

    def reference(match: re.Match) -> str:
        name = match[1]
        if name in facts:
            return facts[name]
        return "${" + name.removeprefix("var.").upper() + "}"

    return re.sub(r"\$\{([^}]*)\}", reference, text)


def terraform_facts(resources: dict) -> dict[str, str]:
    facts = {"var.project_id": "${PROJECT}", "local.callers": "${CALLERS}", "local.images": "${IMAGES}"}
    for (kind, name), block in resources.items():
        if kind == "google_service_account":
            email = block.arguments["account_id"] + "@${PROJECT}.iam.gserviceaccount.com"
            facts[f"{kind}.{name}.email"] = email
            facts[f"{kind}.{name}.member"] = f"serviceAccount:{email}"
        if kind == "google_secret_manager_secret":
            facts[f"{kind}.{name}.id"] = "projects/${PROJECT}/secrets/" + block.arguments["secret_id"]
        if kind in ("google_cloud_run_v2_job", "google_cloud_run_v2_service"):
            facts[f"{kind}.{name}.name"] = block.arguments["name"]
        if kind == "google_project_iam_custom_role":
            facts[f"{kind}.{name}.name"] = "projects/${PROJECT}/roles/" + block.arguments["role_id"]
    return facts


def probe(given: dict | None) -> tuple | None:
    if given is None:
        return None
    return (given["httpGet"]["path"], given.get("periodSeconds"), given.get("timeoutSeconds"), given.get("failureThreshold"))


def from_container(container: dict, value) -> dict:
    return {
        "image": re.sub(r"\$\{IMAGES\}/(\w+)@\$\{\w+\}", lambda m: "${" + m[1].upper() + "_IMAGE}", value(container["image"])),
        "args": container.get("args", []),
        "env": {each["name"]: value(each.get("value", "")) for each in container.get("env", [])},
        "limits": container["resources"]["limits"],
        "ports": [each["containerPort"] for each in container.get("ports", [])],
        "startup": probe(container.get("startupProbe")),
        "liveness": probe(container.get("livenessProbe")),
    }


def terraform(block, facts: dict) -> dict:
    """Of a google_cloud_run_v2_job or _service."""
    body = body_of(block, {"location", "deletion_protection"})
    value = lambda given: plain(given, facts)
    template = body["template"]
    is_job = "template" in template
    inner = template["template"] if is_job else template
    out = from_container(inner["containers"][0], value)
    out |= {
        "name": body["name"],
        "account": value(inner["serviceAccount"]),
        "timeout": int(inner["timeout"].rstrip("s")),
        "cloud sql": [value(each) for volume in inner.get("volumes", []) for each in volume["cloudSqlInstance"]["instances"]],
    }
    if is_job:
        return out | {"retries": inner["maxRetries"], "tasks": (template["taskCount"], template["parallelism"])}
    scaling = inner["scaling"]
    resources = inner["containers"][0]["resources"]
    return out | {
        "instances": (scaling["minInstanceCount"], scaling["maxInstanceCount"]),
        "requests at once": inner["maxInstanceRequestConcurrency"],
        "cpu only in requests": resources["cpuIdle"],
        "startup boost": resources["startupCpuBoost"],
    }


def knative(text: dict) -> dict:
    """Of a file for gcloud run jobs|services replace."""
    is_job = text["kind"] == "Job"
    outer = text["spec"]["template"]
    notes = outer.get("metadata", {}).get("annotations", {})
    inner = outer["spec"]["template"]["spec"] if is_job else outer["spec"]
    out = from_container(inner["containers"][0], str)
    sql = notes.get("run.googleapis.com/cloudsql-instances")
    out |= {
        "name": text["metadata"]["name"],
        "account": inner["serviceAccountName"],
        "timeout": int(inner["timeoutSeconds"]),
        "cloud sql": [sql] if sql else [],
    }
    if is_job:
        return out | {"retries": inner["maxRetries"], "tasks": (outer["spec"]["taskCount"], outer["spec"]["parallelism"])}
    return out | {
        "instances": (int(notes["autoscaling.knative.dev/minScale"]), int(notes["autoscaling.knative.dev/maxScale"])),
        "requests at once": inner["containerConcurrency"],
        "cpu only in requests": notes["run.googleapis.com/cpu-throttling"] == "true",
        "startup boost": notes["run.googleapis.com/startup-cpu-boost"] == "true",
    }


def differences(first: dict, second: dict, where: str) -> list[str]:
    bad = []
    for key in sorted(first.keys() | second.keys()):
        a, b = first.get(key), second.get(key)
        if isinstance(a, dict) and isinstance(b, dict):
            bad += differences(a, b, f"{where}, {key}")
        elif a != b:
            bad.append(f"{where}: {key} is {a!r} in Terraform and {b!r} here")
    return bad

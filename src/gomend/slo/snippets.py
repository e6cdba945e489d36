"""The gate as a step of CI and CD systems. Each keeps what the exit code says: only 0 goes on, so silence never ships.

Where a system has a third outcome beside success and failure, 4 (unknown) is made that one.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Final

import gomend
from gomend.model.base import Thing

IMAGE: Final = "registry.example.com/gomend:VERSION"
"""Stands for an image with gomend in it, which an organisation builds itself."""


class Wish(Thing, frozen=True):
    """What the step is for."""

    config: str
    prometheus: str
    service: str = "my-service"


def command(wish: Wish, *more: str) -> str:
    """The gate's command line, for a shell."""
    words = ("gomend", "slo", "gate", "--config", wish.config, "--prometheus", wish.prometheus)
    return " ".join([shlex.join(words), *more])


def _github(wish: Wish) -> str:
    return f"""# Made by `gomend slo emit github`. A release goes on only if every objective is kept; unknown (exit 4) stops it too.
name: slo gate
on: workflow_call
permissions:
  contents: read
jobs:
  gate:
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    steps:
      # Your organisation may want these by the hash of a commit. Overrides need the whole history.
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
          persist-credentials: false
      - name: gomend
        run: pipx install 'gomend[slo]=={gomend.__version__}'
      - name: gate
        run: {command(wish, "--report slo-report")}
      - if: failure()
        uses: actions/upload-artifact@v4
        with:
          name: slo-report
          path: slo-report
"""


def _gitlab(wish: Wish) -> str:
    return f"""# Made by `gomend slo emit gitlab`. The job fails on 1 (block) and on 4 (unknown): only 0 goes on.
slo-gate:
  stage: deploy
  image: python:3.12-slim
  timeout: 30 minutes
  variables:
    GIT_DEPTH: "0"  # overrides need the whole history
  before_script:
    - pip install 'gomend[slo]=={gomend.__version__}'
  script:
    - {command(wish, "--report slo-report")}
  artifacts:
    when: on_failure
    paths: [slo-report]
"""


def _jenkins(wish: Wish) -> str:
    shell = command(wish, "--report slo-report").replace("\\", "\\\\").replace("'", "\\'")
    return f"""// Made by `gomend slo emit jenkins`. 1 fails the build; 4 (unknown) makes it unstable and goes no further either.
pipeline {{
  agent any
  options {{ timeout(time: 30, unit: 'MINUTES') }}
  stages {{
    stage('slo gate') {{
      steps {{
        script {{
          def code = sh(returnStatus: true, script: '{shell}')
          if (code == 4) {{ unstable('the objectives could not be judged'); error('no release without a verdict') }}
          if (code != 0) {{ error("the gate says ${{code}}") }}
        }}
      }}
      post {{ failure {{ archiveArtifacts artifacts: 'slo-report/**', allowEmptyArchive: true }} }}
    }}
  }}
}}
"""


def _argo(wish: Wish) -> str:
    return f"""# Made by `gomend slo emit argo-rollouts`. A job metric fails on every code but 0: no data is no success.
# slo.yaml is mounted from the ConfigMap slo: kubectl create configmap slo --from-file=slo.yaml
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  name: slo-gate
spec:
  args:
    - name: deployed-at
  metrics:
    - name: slo-gate
      count: 1
      failureLimit: 0
      provider:
        job:
          spec:
            backoffLimit: 0
            activeDeadlineSeconds: 1800
            template:
              spec:
                restartPolicy: Never
                containers:
                  - name: gate
                    image: {IMAGE}
                    command: [sh, -c]
                    args:
                      - {command(_mounted(wish), '--deploy "$DEPLOYED_AT" --wait 20m')}
                    env:
                      - name: DEPLOYED_AT
                        value: "{{{{args.deployed-at}}}}"
                    volumeMounts:
                      - name: slo
                        mountPath: /etc/slo
                volumes:
                  - name: slo
                    configMap:
                      name: slo
"""


def _flagger(wish: Wish) -> str:
    return f"""# Made by `gomend slo emit flagger`. The load tester runs the command; any code but 0 halts the canary, and after `threshold` times takes it back.
# Its image must have gomend in it (made FROM the load tester's own), and slo.yaml mounted at /etc/slo.
apiVersion: flagger.app/v1beta1
kind: Canary
metadata:
  name: {wish.service}
spec:
  targetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {wish.service}
  service:
    port: 80
  analysis:
    interval: 5m
    threshold: 1
    maxWeight: 50
    stepWeight: 10
    webhooks:
      - name: slo-gate
        type: rollout
        url: http://flagger-loadtester.test/
        timeout: 2m
        metadata:
          type: bash
          cmd: {command(_mounted(wish))}
"""


def _tekton(wish: Wish) -> str:
    return f"""# Made by `gomend slo emit tekton`. The step fails on 1 (block) and 4 (unknown), and a pipeline stops there.
apiVersion: tekton.dev/v1
kind: Task
metadata:
  name: slo-gate
spec:
  params:
    - name: deployed-at
      type: string
      description: When the release went live, ISO 8601 with a zone
  workspaces:
    - name: source
  steps:
    - name: gate
      image: {IMAGE}
      workingDir: $(workspaces.source.path)
      env:
        - name: DEPLOYED_AT
          value: $(params.deployed-at)
      script: |
        #!/bin/sh
        exec {command(wish, '--deploy "$DEPLOYED_AT" --wait 20m')}
"""


def _mounted(wish: Wish) -> Wish:
    return Wish(config="/etc/slo/slo.yaml", prometheus=wish.prometheus, service=wish.service)


SYSTEMS: Final[dict[str, Callable[[Wish], str]]] = {
    "github": _github,
    "gitlab": _gitlab,
    "jenkins": _jenkins,
    "argo-rollouts": _argo,
    "flagger": _flagger,
    "tekton": _tekton,
}
"""System → what writes its step."""

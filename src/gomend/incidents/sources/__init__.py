"""Where telemetry is fetched from: Kubernetes is watched, Prometheus and Jaeger are asked again and again."""

{{- define "warung-operator.selector" -}}
app.kubernetes.io/name: warung-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "warung-operator.labels" -}}
{{ include "warung-operator.selector" . }}
app.kubernetes.io/component: operator
app.kubernetes.io/part-of: warung
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

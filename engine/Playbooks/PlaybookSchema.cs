using System.Text.Json.Nodes;
using Homelab.Activities;

namespace Homelab.Engine.Playbooks;

/// <summary>The JSON schema of playbooks, for editors: every field with its words, every activity with its inputs.</summary>
internal static class PlaybookSchema
{
    public const string FileName = "playbook.schema.json";

    /// <summary>The kinds that incidents have out of the box; others are allowed.</summary>
    private static readonly string[] Kinds =
    [
        "backup_failed", "blocking_queries", "certificate_expiring", "config_drift", "connections_exhausted", "container_down", "container_unhealthy", "database_bloat", "disk_filling", "dns_failing",
        "guest_down", "high_cpu", "high_memory", "host_down", "interface_down", "log_flood", "long_query", "memory_leak", "response_degraded", "restart_loop", "service_down", "unknown",
    ];

    public static JsonObject Of(IEnumerable<ActivityDescriptor> activities)
    {
        var known = activities.Where(activity => activity.Tool is not ("Remediation" or "Incident")).OrderBy(activity => activity.Id, StringComparer.Ordinal).ToList();
        return new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "Playbook",
            ["description"] = "A remediation in short form. Texts may hold ${ expressions } (NCalc) over incident, target, labels, annotations, diagnosis, context and what preconditions read.",
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["required"] = Names("id", "name", "owner", "docs", "match", "steps", "verify"),
            ["properties"] = new JsonObject
            {
                ["id"] = Field("string", "Name of small letters, digits and dashes; the workflow is playbook-ID.", ("pattern", "^[a-z0-9]+(-[a-z0-9]+)*$")),
                ["name"] = Field("string", "What it does, in a few words."),
                ["description"] = Field("string", "One or two sentences more."),
                ["owner"] = Field("string", "Who answers for it."),
                ["docs"] = Field("string", "Markdown: what it does, when it does not help, what a person does then."),
                ["enabled"] = Field("boolean", "false: it is listed and not proposed."),
                ["risk"] = new JsonObject { ["description"] = "At least this much, whatever its activities say.", ["enum"] = Names([.. PlaybookReader.Risks]) },
                ["cooldown"] = Field("string", "How long it is not tried again on the same target: 90s, 10m, 4h, 2d.", ("pattern", "^[0-9.]+[smhd]$")),
                ["priority"] = Field("integer", "The higher is tried first, among those that fit the cause equally well."),
                ["harmless"] = Field("boolean", "What it leaves behind when it did not help cannot harm: nothing is taken back, and the next playbook may be tried."),
                ["prior"] = Closed("Outcomes of elsewhere that count with those of this installation.", [], ("successes", Field("integer", $"0 to {PlaybookPrior.Most}.")), ("failures", Field("integer", $"0 to {PlaybookPrior.Most}."))),
                ["match"] = Closed(
                    "Which incidents it is for; every part that is given must fit.", ["kind"],
                    ("kind", OneOrMore("Kinds of incidents.", new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["enum"] = Names(Kinds) }, new JsonObject { ["type"] = "string" }) })),
                    ("labels", new JsonObject { ["type"] = "object", ["description"] = "Label and pattern; * is any text.", ["additionalProperties"] = new JsonObject { ["type"] = "string" } }),
                    ("target", Field("string", "Pattern of the target's id, such as docker:*.")),
                    ("cause", OneOrMore("Diagnosed causes that it is made for.", new JsonObject { ["type"] = "string" })),
                    ("notCause", OneOrMore("Diagnosed causes against which it does not help.", new JsonObject { ["type"] = "string" })),
                    ("expression", Field("string", "NCalc that must be true, such as: incident.severity = 'critical'"))),
                ["preconditions"] = List("Read and asked one after the other, before anything is done.", Call(
                    ("as", Field("string", "Name of the output for what comes after; output unless said.")),
                    ("expression", Field("string", "NCalc that must be true; without it, it is only read.")),
                    ("because", Field("string", "What it means when it is not true.")))),
                ["snapshot"] = List("Done first; when one fails, nothing else is done.", Call()),
                ["steps"] = List("What is done, in order.", Call()),
                ["verify"] = With(Call(
                    ("expression", Field("string", "NCalc over the fields of the output that must be true, such as: healthy = true")),
                    ("given", new JsonObject { ["type"] = "object", ["description"] = "Further names for the expression." }),
                    ("everySeconds", Field("number", "Seconds between two looks.")),
                    ("withinSeconds", Field("number", "Seconds after which it counts as not verified."))), "How success is seen, by reading what the steps did not answer.", "activity", "expression"),
                ["rollback"] = List("Done in this order when a step fails or success is not seen; without it, what each step recorded as its undo.", Call()),
            },
            ["definitions"] = new JsonObject
            {
                ["activity"] = new JsonObject { ["anyOf"] = new JsonArray([.. known.Select(activity => new JsonObject { ["const"] = activity.Id, ["description"] = activity.Description })]) },
                ["call"] = new JsonObject
                {
                    ["allOf"] = new JsonArray([.. known.Select(activity => new JsonObject
                    {
                        ["if"] = new JsonObject { ["properties"] = new JsonObject { ["activity"] = new JsonObject { ["const"] = activity.Id } } },
                        ["then"] = new JsonObject { ["properties"] = new JsonObject { ["input"] = Input(activity) } },
                    })]),
                },
            },
        };
    }

    /// <summary>Each field as the activity says, or a template.</summary>
    private static JsonObject Input(ActivityDescriptor activity) => new()
    {
        ["type"] = "object",
        ["additionalProperties"] = false,
        ["properties"] = new JsonObject((activity.InputSchema["properties"] as JsonObject ?? []).Where(field => !activity.SecretInputs.Contains(field.Key)).Select(field => KeyValuePair.Create(field.Key, (JsonNode?)new JsonObject
        {
            ["description"] = (string?)field.Value?["description"] ?? "",
            ["anyOf"] = new JsonArray(field.Value is JsonObject schema ? Bare(schema) : new JsonObject(), new JsonObject { ["type"] = "string", ["pattern"] = @"\$\{" }),
        }))),
        ["required"] = new JsonArray([.. (activity.InputSchema["required"] as JsonArray ?? []).Select(name => name?.DeepClone())]),
    };

    /// <summary>Without what editors do not use, so that the file stays small. Items of lists and fields of objects may be templates too, so they are not looked into.</summary>
    private static JsonObject Bare(JsonObject schema) =>
        new(schema.Where(field => field.Key is "type" or "enum" or "minimum" or "maximum" or "pattern" or "default").Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())));

    private static JsonObject Call(params (string Name, JsonObject Schema)[] further)
    {
        var properties = new JsonObject
        {
            ["activity"] = new JsonObject { ["$ref"] = "#/definitions/activity" },
            ["input"] = new JsonObject { ["type"] = "object", ["description"] = "Its input." },
        };
        foreach (var (name, schema) in further)
            properties[name] = schema;
        return new JsonObject
        {
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["required"] = Names("activity"),
            ["properties"] = properties,
            ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = "#/definitions/call" }),
        };
    }

    private static JsonObject With(JsonObject schema, string description, params string[] required)
    {
        schema["description"] = description;
        schema["required"] = Names(required);
        return schema;
    }

    private static JsonObject Closed(string description, string[] required, params (string Name, JsonObject Schema)[] properties) => new()
    {
        ["type"] = "object",
        ["description"] = description,
        ["additionalProperties"] = false,
        ["required"] = Names(required),
        ["properties"] = new JsonObject(properties.Select(property => KeyValuePair.Create<string, JsonNode?>(property.Name, property.Schema))),
    };

    private static JsonObject OneOrMore(string description, JsonObject item) => new()
    {
        ["description"] = description,
        ["anyOf"] = new JsonArray(item.DeepClone(), new JsonObject { ["type"] = "array", ["items"] = item }),
    };

    private static JsonObject List(string description, JsonObject item) => new() { ["type"] = "array", ["description"] = description, ["items"] = item };

    private static JsonObject Field(string type, string description, params (string Name, JsonNode Value)[] further)
    {
        var field = new JsonObject { ["type"] = type, ["description"] = description };
        foreach (var (name, value) in further)
            field[name] = value;
        return field;
    }

    private static JsonArray Names(params string[] names) => new([.. names.Select(name => (JsonNode?)JsonValue.Create(name))]);
}

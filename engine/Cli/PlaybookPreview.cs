using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Playbooks;
using Homelab.Engine.Runs;
using Homelab.Rules.Expressions;

namespace Homelab.Engine.Cli;

/// <summary>What a playbook would do, as far as that can be said without looking at anything.</summary>
internal static class PlaybookPreview
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Nothing but a machine or service that cannot be reached kept a dry run from its end.</summary>
    public static bool IsOutOfReach(RunState state) =>
        state.Incidents.Count > 0 && state.Incidents.All(incident => incident.ExceptionType is nameof(FailureKind.Connect) or nameof(FailureKind.Timeout));

    public static JsonObject Of(Playbook playbook, JsonObject input)
    {
        var names = IncidentNames.Of(input["incident"] as JsonObject ?? [], input["context"] as JsonObject, input["diagnosis"] as JsonObject);
        return new JsonObject
        {
            ["steps"] = new JsonArray([.. playbook.Snapshot.Concat(playbook.Steps).Select(step => (JsonNode?)$"{step.Activity} {Filled(step.Input, names)}")]),
            ["verify"] = $"{playbook.Verify.Activity} {Filled(playbook.Verify.Input, names)}: {playbook.Verify.Expression}",
        };
    }

    /// <summary>Each value by itself: one that needs what was not read stays as it is written.</summary>
    private static string Filled(JsonObject input, JsonObject names)
    {
        var filled = new JsonObject();
        foreach (var (name, value) in input)
        {
            try
            {
                filled[name] = Template.Resolve(value, names);
            }
            catch (Exception exception) when (exception is ExpressionException or FormatException)
            {
                filled[name] = value?.DeepClone();
            }
        }

        return filled.ToJsonString(Format);
    }
}

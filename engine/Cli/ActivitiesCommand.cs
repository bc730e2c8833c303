using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;

namespace Homelab.Engine.Cli;

/// <summary><c>homelab activities</c>: what tools there are; <c>activities run</c>: one of them, by hand.</summary>
internal static class ActivitiesCommand
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print everything about them as JSON, input schemas included." };
        var command = new Command("activities", "Lists the activities of the catalogue.") { json, CreateRun() };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(new JsonArray([.. ActivityCatalog.All.Select(descriptor => (JsonNode?)AsJson(descriptor))]).ToJsonString(Format));
                return ExitCode.Ok;
            }

            foreach (var descriptor in ActivityCatalog.All)
            {
                output.WriteLine($"{descriptor.Id,-34} {descriptor.Effect.ToString().ToLowerInvariant(),-12} {Undo(descriptor),-8} {descriptor.Description}");
                output.WriteLine($"{"",-34} {Inputs(descriptor)}");
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command CreateRun()
    {
        var command = new Command("run", "Runs one activity. What only reads runs here, with the connections of the settings; what has an effect runs on a server, through its gate (0 done, 1 failed, 4 refused, 5 waits for an approval).")
        {
            RunActivity.Name, RunActivity.Connection, RunActivity.Input, RunActivity.DryRun, RunActivity.Json,
        };
        ServeCommand.AddOptions(command);
        ServerClient.AddOptions(command);
        command.SetAction(RunActivity.RunAsync);
        return command;
    }

    private static string Undo(ActivityDescriptor descriptor) => descriptor.Effect == Effect.None ? "" : descriptor.NoUndoReason is null ? "undo" : "no undo";

    /// <summary>The required ones with a star.</summary>
    private static string Inputs(ActivityDescriptor descriptor)
    {
        var required = (descriptor.InputSchema["required"] as JsonArray)?.Select(name => (string?)name).ToHashSet() ?? [];
        return string.Join(", ", (descriptor.InputSchema["properties"]?.AsObject() ?? []).Select(property => required.Contains(property.Key) ? property.Key + "*" : property.Key));
    }

    private static JsonObject AsJson(ActivityDescriptor descriptor) => new()
    {
        ["id"] = descriptor.Id,
        ["type"] = descriptor.TypeName,
        ["tool"] = descriptor.Tool,
        ["description"] = descriptor.Description,
        ["effect"] = descriptor.Effect.ToString().ToLowerInvariant(),
        ["undo"] = descriptor.Effect != Effect.None && descriptor.NoUndoReason is null,
        ["noUndoReason"] = descriptor.NoUndoReason,
        ["timeoutSeconds"] = descriptor.Timeout.TotalSeconds,
        ["input"] = descriptor.InputSchema.DeepClone(),
        ["output"] = descriptor.OutputSchema.DeepClone(),
    };
}

using System.CommandLine;
using System.Net;

namespace Homelab.Engine.Cli;

/// <summary><c>homelab undo last|ID</c>: a running server takes a change back, under its gate.</summary>
internal static class UndoCommand
{
    public static Command Create()
    {
        var change = new Argument<string>("change") { Description = "'last', or the id of a change." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Do nothing; the run says what it would do." };
        var command = new Command("undo", "Takes the last change, or the one with this id, back.") { change, dryRun };
        ServerClient.AddOptions(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var server = ServerClient.From(parsed);
            var id = parsed.GetValue(change)!; // required
            var path = id == "last" ? "api/changes/undo-last" : $"api/changes/{Uri.EscapeDataString(id)}/undo";
            var (status, body) = await server.SendAsync(HttpMethod.Post, parsed.GetValue(dryRun) ? $"{path}?dryRun=true" : path, null, cancellationToken);
            if (status == HttpStatusCode.Accepted)
            {
                await parsed.InvocationConfiguration.Output.WriteLineAsync($"Change {body?["changeId"]} is being taken back by run {body?["runId"]}.");
                return ExitCode.Ok;
            }

            return await ControlsCommand.FailedAsync(status, body, parsed);
        });
        return command;
    }
}

using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Homelab.Engine.Cli;

/// <summary><c>homelab import</c>: gives definition files to a running server.</summary>
internal static class ImportCommand
{
    private static readonly Argument<string[]> Paths = new("path")
    {
        Description = "Files, or directories whose *.json files are taken.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<bool> Publish = new("--publish")
    {
        Description = "Publish each one after it is imported.",
    };

    public static Command Create()
    {
        var command = new Command("import", "Gives Elsa 3 definition files to a running server; every file is tried and every problem told.") { Paths, Publish };
        ServerClient.AddOptions(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var server = ServerClient.From(parsed);
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        var failed = 0;
        foreach (var file in DefinitionFiles.Expand(parsed.GetValue(Paths)!))
        {
            var problem = await ImportAsync(server, file, parsed.GetValue(Publish), cancellationToken);
            if (problem is null)
            {
                await output.WriteLineAsync($"{file}: imported");
                continue;
            }

            failed++;
            await error.WriteLineAsync($"{file}: {problem}");
        }

        return failed == 0 ? ExitCode.Ok : ExitCode.Problems;
    }

    private static async Task<string?> ImportAsync(ServerClient server, string file, bool publish, CancellationToken cancellationToken)
    {
        JsonNode? definition;
        try
        {
            definition = JsonNode.Parse(await File.ReadAllTextAsync(file, cancellationToken));
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }

        var (status, body) = await server.SendAsync(HttpMethod.Post, "elsa/api/workflow-definitions/import", definition, cancellationToken);
        if ((int)status >= 400)
            return $"the server answered {(int)status}: {body?.ToJsonString()}";
        if (!publish)
            return null;
        var id = (string?)body?["definitionId"] ?? (string?)body?["workflowDefinition"]?["definitionId"] ?? (string?)definition?["definitionId"];
        (status, body) = await server.SendAsync(HttpMethod.Post, $"elsa/api/workflow-definitions/{Uri.EscapeDataString(id ?? "")}/publish", new JsonObject(), cancellationToken);
        return (int)status >= 400 ? $"imported, but not published, the server answered {(int)status}: {body?.ToJsonString()}" : null;
    }
}

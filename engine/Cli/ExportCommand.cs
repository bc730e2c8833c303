using System.CommandLine;
using System.Net;
using System.Text.Json;

namespace Homelab.Engine.Cli;

/// <summary><c>homelab export</c>: writes a running server's definitions as Elsa 3 JSON files.</summary>
internal static class ExportCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Argument<string[]> Definitions = new("definition")
    {
        Description = "Ids of the definitions; all of them when none is named.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<DirectoryInfo> Directory = new("--output", "-o")
    {
        Description = "Directory to write to; made when missing (.).",
        DefaultValueFactory = _ => new DirectoryInfo("."),
        HelpName = "DIRECTORY",
    };

    private static readonly Option<string> Version = new("--version-options")
    {
        Description = "Which version: Latest, Published or a number (Latest).",
        DefaultValueFactory = _ => "Latest",
        HelpName = "VERSION",
    };

    public static Command Create()
    {
        var command = new Command("export", "Writes definitions of a running server to files, one each, as Elsa 3 JSON.") { Definitions, Directory, Version };
        ServerClient.AddOptions(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var server = ServerClient.From(parsed);
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        var version = Uri.EscapeDataString(parsed.GetValue(Version)!);
        var ids = parsed.GetValue(Definitions) is { Length: > 0 } named ? [.. named] : await AllAsync(server, cancellationToken);
        var directory = parsed.GetValue(Directory)!;
        directory.Create();

        var failed = 0;
        foreach (var id in ids)
        {
            var (status, body) = await server.SendAsync(HttpMethod.Get, $"elsa/api/workflow-definitions/{Uri.EscapeDataString(id)}/export?versionOptions={version}", null, cancellationToken);
            if (status != HttpStatusCode.OK || body is null)
            {
                failed++;
                await error.WriteLineAsync($"{id}: not exported, the server answered {(int)status}{(status == HttpStatusCode.NotFound ? ": no such definition or version" : "")}.");
                continue;
            }

            var path = Path.Combine(directory.FullName, $"{string.Join('-', id.Split(Path.GetInvalidFileNameChars()))}.json");
            await File.WriteAllTextAsync(path, body.ToJsonString(Indented) + "\n", cancellationToken);
            await output.WriteLineAsync(path);
        }

        return failed == 0 ? ExitCode.Ok : ExitCode.Problems;
    }

    private static async Task<List<string>> AllAsync(ServerClient server, CancellationToken cancellationToken)
    {
        const int size = 100;
        var ids = new List<string>();
        for (var page = 0; ; page++)
        {
            var (_, body) = await server.SendAsync(HttpMethod.Get, $"elsa/api/workflow-definitions?versionOptions=Latest&page={page}&pageSize={size}", null, cancellationToken);
            var items = body?["items"]?.AsArray() ?? [];
            ids.AddRange(items.Select(item => (string?)item?["definitionId"]).OfType<string>());
            if (items.Count < size)
                return ids;
        }
    }
}

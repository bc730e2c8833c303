using System.CommandLine;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Engine.Gate;

namespace Homelab.Engine.Cli;

/// <summary><c>homelab controls</c> and <c>preferences</c>: what holds a running server back.</summary>
internal static class ControlsCommand
{
    private static readonly JsonSerializerOptions Format = new(GateJson.Options) { WriteIndented = true };

    public static Command Create()
    {
        var command = new Command("controls", "Shows what holds a server back, and stops, pauses and resumes it.")
        {
            Act("stop", "Halts what runs with an effect and lets nothing begin.", "stop"),
            Act("pause", "Observes, does not act.", "pause"),
            Act("resume", "Ends stop and pause.", "resume"),
            Act("reset-breaker", "Lets it act alone again after failures in a row.", "breaker/reset"),
            Act("clock", "Says that the clock is right after it jumped.", "clock/accept"),
            Autonomy(),
            OnTarget("down", "Says that something is down: what hangs on it is left alone.", HttpMethod.Put),
            OnTarget("up", "Says that it is up again.", HttpMethod.Delete),
            Show("limits", "Budgets of today, cooldowns that run, maintenance windows and quiet hours.", "api/controls/limits"),
            Show("dependencies", "What hangs on what, and what is down.", "api/controls/dependencies"),
        };
        return Shows(command, "api/controls");
    }

    public static Command CreatePreferences()
    {
        var file = new Argument<FileInfo>("file") { Description = "The new preferences as JSON; one with a mistake changes nothing." };
        var set = new Command("set", "Checks and saves the preferences of a server.") { file };
        ServerClient.AddOptions(set);
        set.SetAction(async (parsed, cancellationToken) =>
        {
            JsonNode? preferences;
            try
            {
                preferences = JsonNode.Parse(
                    await File.ReadAllTextAsync(parsed.GetValue(file)!.FullName, cancellationToken), documentOptions: new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"{parsed.GetValue(file)!.Name}: {exception.Message}");
                return ExitCode.Usage;
            }

            return await SendAsync(HttpMethod.Put, "api/preferences", preferences ?? new JsonObject(), parsed, cancellationToken);
        });
        return Shows(new Command("preferences", "Shows the preferences of a server.") { set }, "api/preferences");
    }

    /// <summary>What the server said against it, as a person reads it.</summary>
    internal static async Task<int> FailedAsync(HttpStatusCode status, JsonNode? body, ParseResult parsed)
    {
        var error = parsed.InvocationConfiguration.Error;
        if (body is not JsonObject problem)
        {
            await error.WriteLineAsync($"The server answered {(int)status}{(body is null ? "." : $": {body}")}");
            return ExitCode.Problems;
        }

        // Where the title says the rule already, what to do is what is missing.
        var (title, rule) = ((string?)problem["title"] ?? $"The server answered {(int)status}.", (string?)problem["rule"]);
        await error.WriteLineAsync($"{title} {(rule is not null && title.Contains(rule, StringComparison.Ordinal) ? problem["action"] : problem["detail"])}".Trim());
        foreach (var fault in problem["errors"] as JsonArray ?? [])
            await error.WriteLineAsync($"  {fault?["path"]}: {fault?["rule"]} {fault?["action"]}".TrimEnd());
        return ExitCode.Problems;
    }

    private static Command Act(string name, string description, string path)
    {
        var reason = Reason();
        return Sends(new Command(name, description) { reason }, parsed => (HttpMethod.Post, $"api/controls/{path}", new JsonObject { ["reason"] = parsed.GetValue(reason) }));
    }

    private static Command Autonomy()
    {
        var reason = Reason();
        var level = new Argument<string>("level") { Description = "conservative, moderate, aggressive, or preferences for the level of the preferences." };
        return Sends(new Command("autonomy", "Sets how much is done without asking.") { level, reason }, parsed => (
            HttpMethod.Put, "api/controls/autonomy",
            new JsonObject { ["level"] = parsed.GetValue(level) is { } wanted && wanted != "preferences" ? wanted : null, ["reason"] = parsed.GetValue(reason) }));
    }

    private static Command OnTarget(string name, string description, HttpMethod method)
    {
        var target = new Argument<string>("target") { Description = "A name as the preferences have it, or a target's id." };
        return Sends(new Command(name, description) { target }, parsed => (method, $"api/controls/down/{Uri.EscapeDataString(parsed.GetValue(target)!)}", null));
    }

    private static Command Show(string name, string description, string path) => Shows(new Command(name, description), path);

    private static Command Shows(Command command, string path) => Sends(command, _ => (HttpMethod.Get, path, null));

    private static Command Sends(Command command, Func<ParseResult, (HttpMethod Method, string Path, JsonNode? Body)> request)
    {
        ServerClient.AddOptions(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var (method, path, body) = request(parsed);
            return SendAsync(method, path, body, parsed, cancellationToken);
        });
        return command;
    }

    private static async Task<int> SendAsync(HttpMethod method, string path, JsonNode? body, ParseResult parsed, CancellationToken cancellationToken)
    {
        using var server = ServerClient.From(parsed);
        var (status, answer) = await server.SendAsync(method, path, body, cancellationToken);
        if ((int)status >= 400)
            return await FailedAsync(status, answer, parsed);
        if (answer is not null)
            await parsed.InvocationConfiguration.Output.WriteLineAsync(answer.ToJsonString(Format));
        return ExitCode.Ok;
    }

    private static Option<string> Reason() => new("--reason") { Description = "Why; kept in the audit trail.", DefaultValueFactory = _ => "", HelpName = "TEXT" };
}

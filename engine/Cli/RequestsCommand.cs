using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Engine.Gate;

namespace Homelab.Engine.Cli;

/// <summary><c>homelab ask</c> and <c>homelab requests</c>: plain words become a plan, and the plan is followed.</summary>
internal static class RequestsCommand
{
    private static readonly JsonSerializerOptions Format = new(GateJson.Options) { WriteIndented = true };
    private static readonly Option<bool> Json = new("--json") { Description = "Writes what the server answered." };

    public static Command CreateAsk()
    {
        var text = new Argument<string[]>("text") { Description = "What is wanted, in plain words.", Arity = ArgumentArity.OneOrMore };
        return Sends(new Command("ask", "Makes a plan of what is asked for; nothing of it is done before it is approved.") { text }, parsed => (HttpMethod.Post, "api/requests", new JsonObject { ["text"] = string.Join(' ', parsed.GetValue(text)!) }));
    }

    public static Command Create()
    {
        var command = new Command("requests", "Lists what was asked for, and says how it goes on.") { Show() };
        foreach (var (name, description) in new[] { ("approve", "Lets a plan begin."), ("pause", "Begins no further step."), ("resume", "Goes on after a pause."), ("cancel", "Ends it; what was done stays.") })
            command.Subcommands.Add(OnRequest(name, description));
        foreach (var (name, description) in new[] { ("done", "Says that a person's step is done."), ("failed", "Says that a person's step could not be done."), ("retry", "Tries a failed step again."), ("skip", "Leaves a step out.") })
            command.Subcommands.Add(OnStep(name, description));
        command.Subcommands.Add(Edit());
        return Sends(command, _ => (HttpMethod.Get, "api/requests?state=open", null));
    }

    private static Command Show()
    {
        var id = Id();
        return Sends(new Command("show", "Shows a plan and how far it is.") { id }, parsed => (HttpMethod.Get, At(parsed.GetValue(id)!), null));
    }

    private static Command OnRequest(string verb, string description)
    {
        var id = Id();
        return Sends(new Command(verb, description) { id }, parsed => (HttpMethod.Post, $"{At(parsed.GetValue(id)!)}/{verb}", new JsonObject()));
    }

    private static Command OnStep(string verb, string description)
    {
        var (id, step) = (Id(), new Argument<string>("step") { Description = "The step's id, such as s3." });
        var note = new Option<string?>("--note") { Description = "What there is to say of it.", HelpName = "TEXT" };
        return Sends(
            new Command(verb, description) { id, step, note },
            parsed => (HttpMethod.Post, $"{At(parsed.GetValue(id)!)}/steps/{Uri.EscapeDataString(parsed.GetValue(step)!)}/{verb}", new JsonObject { ["note"] = parsed.GetValue(note) }));
    }

    private static Command Edit()
    {
        var (id, text) = (Id(), new Argument<string[]>("text") { Description = "Such as: delay the nodes until the weekend; skip the pull; do the check first.", Arity = ArgumentArity.OneOrMore });
        return Sends(new Command("edit", "Changes a plan in plain words.") { id, text }, parsed => (HttpMethod.Post, $"{At(parsed.GetValue(id)!)}/say", new JsonObject { ["text"] = string.Join(' ', parsed.GetValue(text)!) }));
    }

    private static Argument<string> Id() => new("id") { Description = "The request's id." };

    private static string At(string id) => $"api/requests/{Uri.EscapeDataString(id)}";

    private static Command Sends(Command command, Func<ParseResult, (HttpMethod Method, string Path, JsonNode? Body)> request)
    {
        ServerClient.AddOptions(command);
        command.Options.Add(Json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (method, path, body) = request(parsed);
            using var server = ServerClient.From(parsed);
            var (status, answer) = await server.SendAsync(method, path, body, cancellationToken);
            if ((int)status >= 400)
                return await ControlsCommand.FailedAsync(status, answer, parsed);
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(Json))
                await output.WriteLineAsync(answer?.ToJsonString(Format));
            else if (answer?["items"] is JsonArray items)
                await output.WriteLineAsync(items.Count == 0 ? "Nothing is open." : string.Join('\n', items.Select(item => Line(item!))));
            else
                await output.WriteLineAsync(Plan(answer!));
            return ExitCode.Ok;
        });
        return command;
    }

    private static string Line(JsonNode request) => $"{request["id"]}  {request["state"],-9}  {Over(request)}/{request["steps"]!.AsArray().Count}  {request["title"]}";

    private static int Over(JsonNode request) => request["steps"]!.AsArray().Count(step => (string?)step!["state"] is "done" or "skipped");

    private static string Plan(JsonNode request) => string.Join('\n', request["steps"]!.AsArray().Select(step => string.Create(
        CultureInfo.InvariantCulture,
        $"  {step!["id"],-4} {step["state"],-8} {step["title"]} ({step["activity"] ?? "a person"}){(step["notBefore"] is { } at ? $", not before {(DateTimeOffset)at:yyyy-MM-dd HH:mm} UTC" : "")}{(step["message"] is { } message ? $": {message}" : "")}"))
        .Prepend($"{request["title"]} — {request["state"]}, {Over(request)} of {request["steps"]!.AsArray().Count} steps ({request["source"]})")
        .Append((string?)request["state"] == "proposed" ? $"Nothing is done yet. Approve it with: homelab requests approve {request["id"]}" : $"Request {request["id"]}"));
}

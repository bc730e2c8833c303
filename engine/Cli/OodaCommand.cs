using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;

namespace Homelab.Engine.Cli;

/// <summary><c>homelab ooda</c>: how the loop of a running server stands, and how it is to go on.</summary>
internal static class OodaCommand
{
    public static Command Create()
    {
        var once = Flag("--once", "One cycle now: what is found becomes an incident.");
        var continuous = Flag("--continuous", "From now on look every minute; what is found becomes an incident.");
        var dryRun = Flag("--dry-run", "One cycle now that shows what it finds and opens nothing.");
        var interactive = Flag("--interactive", "From now on what is found waits for a person; asks about each finding of a cycle now.");
        var stop = Flag("--stop", "Looks at nothing any more; alerts are still taken.");
        var pause = Flag("--pause", "Observes, does not act.");
        var resume = Flag("--resume", "Looks and acts again.");
        var undo = Flag("--undo", "Takes the last change back.");
        var autonomy = new Option<string?>("--autonomy") { Description = "Sets the level: conservative, moderate or aggressive.", HelpName = "LEVEL" };
        var json = Flag("--json", "Prints the state as JSON.");
        var command = new Command("ooda", "Shows how observing, deciding and acting stands; with an option, changes how it goes on.") { once, continuous, dryRun, interactive, stop, pause, resume, undo, autonomy, json };
        ServerClient.AddOptions(command);
        Option<bool>[] choices = [once, continuous, dryRun, interactive, stop, pause, resume, undo];
        command.Validators.Add(result =>
        {
            if (choices.Count(choice => result.GetValue(choice)) > 1)
                result.AddError($"Only one of {string.Join(", ", choices.Select(choice => choice.Name))} at a time.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var server = ServerClient.From(parsed);
            var told = new Told(server, parsed, parsed.GetValue(json), cancellationToken);
            if (parsed.GetValue(autonomy) is { } level && !await told.DoAsync(HttpMethod.Put, "api/controls/autonomy", new JsonObject { ["level"] = level }))
                return ExitCode.Problems;
            if (parsed.GetValue(undo))
                return await told.DoAsync(HttpMethod.Post, "api/changes/undo-last", null) ? ExitCode.Ok : ExitCode.Problems;
            if (parsed.GetValue(pause) && !await told.DoAsync(HttpMethod.Post, "api/controls/pause", new JsonObject { ["reason"] = "" }))
                return ExitCode.Problems;
            if (parsed.GetValue(resume) && !await told.DoAsync(HttpMethod.Post, "api/controls/resume", new JsonObject { ["reason"] = "" }))
                return ExitCode.Problems;
            var mode = parsed.GetValue(continuous) || parsed.GetValue(resume) ? "continuous" : parsed.GetValue(interactive) ? "interactive" : parsed.GetValue(stop) ? "stopped" : null;
            if (mode is not null && !await told.DoAsync(HttpMethod.Put, "api/ooda/mode", new JsonObject { ["mode"] = mode }))
                return ExitCode.Problems;
            var cycle = parsed.GetValue(once) || parsed.GetValue(interactive) ? "api/ooda/cycle" : parsed.GetValue(dryRun) ? "api/ooda/cycle?dryRun=true" : null;
            var state = cycle is null ? await told.AskAsync(HttpMethod.Get, "api/ooda", null) : await told.AskAsync(HttpMethod.Post, cycle, null);
            if (state is null)
                return ExitCode.Problems;
            await told.ShowAsync(state);
            return parsed.GetValue(interactive) && !await told.ConfirmAsync(state, Console.In) ? ExitCode.Problems : ExitCode.Ok;
        });
        return command;
    }

    private static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    private sealed class Told(ServerClient server, ParseResult parsed, bool json, CancellationToken cancellationToken)
    {
        private TextWriter Output => parsed.InvocationConfiguration.Output;

        public async Task<bool> DoAsync(HttpMethod method, string path, JsonNode? body) => await AskAsync(method, path, body) is not null;

        /// <summary>Null when it was refused; why is said.</summary>
        public async Task<JsonNode?> AskAsync(HttpMethod method, string path, JsonNode? body)
        {
            var (status, answer) = await server.SendAsync(method, path, body, cancellationToken);
            if (status < HttpStatusCode.BadRequest)
                return answer ?? new JsonObject();
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"{answer?["title"]} {answer?["detail"]}".Trim() is { Length: > 0 } why ? why : $"The server answered {(int)status}.");
            return null;
        }

        public async Task ShowAsync(JsonNode state)
        {
            if (json)
            {
                await Output.WriteLineAsync(state.ToJsonString(new() { WriteIndented = true }));
                return;
            }

            await Output.WriteLineAsync($"Mode {state["mode"]}, autonomy {state["autonomy"]}{((bool?)state["acts"] == true ? "" : ", does not act (paused or stopped)")}.");
            await Output.WriteLineAsync((string?)state["lastCycle"] is { } last ? $"Cycle {state["cycles"]} at {last} took {state["lastSeconds"]} s." : "No cycle yet.");
            foreach (var finding in Items(state, "findings"))
                await Output.WriteLineAsync($"  {finding["severity"],-8} {finding["kind"],-20} {finding["summary"]}");
            foreach (var problem in state["problems"]?.AsArray() ?? [])
                await Output.WriteLineAsync($"  not looked at: {problem}");
            foreach (var incident in Items(state, "investigations"))
                await Output.WriteLineAsync($"  open: {incident["title"]} ({incident["state"]})");
            var actions = state["actions"];
            await Output.WriteLineAsync($"Actions: {actions?["day"]} in 24 hours, {actions?["week"]} in 7 days{((double?)actions?["successRate"] is { } rate ? $", {rate:P0} succeeded" : "")}; {actions?["pending"]} approvals pending, {state["scheduled"]} incidents wait.");
        }

        /// <summary>Asks about each finding; an empty answer, or the end of input, is a no.</summary>
        public async Task<bool> ConfirmAsync(JsonNode state, TextReader input)
        {
            foreach (var finding in Items(state, "findings"))
            {
                await Output.WriteAsync($"Open an incident: {finding["summary"]}? [y/N] ");
                if ((await input.ReadLineAsync(cancellationToken))?.Trim().ToLowerInvariant() is not ("y" or "yes"))
                    continue;
                if (!await DoAsync(HttpMethod.Post, $"api/ooda/findings/{finding["fingerprint"]}/open", null))
                    return false;
                await Output.WriteLineAsync("Opened.");
            }

            return true;
        }

        private static IEnumerable<JsonNode> Items(JsonNode state, string name) => (state[name]?.AsArray() ?? []).OfType<JsonNode>();
    }
}

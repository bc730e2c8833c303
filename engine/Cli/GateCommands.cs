using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Engine.Controls;
using Homelab.Engine.Gate;
using Homelab.Rules.Decisions;

namespace Homelab.Engine.Cli;

/// <summary><c>homelab decide</c>, <c>backtest</c> and <c>audit</c>.</summary>
internal static class GateCommands
{
    private static readonly JsonSerializerOptions Format = new(GateJson.Options) { WriteIndented = true };

    private static readonly JsonSerializerOptions Strict = new(GateJson.Options) { RespectNullableAnnotations = true };

    public static Command CreateDecide()
    {
        var facts = new Option<FileInfo>("--facts") { Description = "A facts snapshot as JSON, as stored with each decision.", Required = true, HelpName = "FILE" };
        var rules = Rules();
        var json = new Option<bool>("--json") { Description = "Print the whole explanation as JSON." };
        var command = new Command("decide", "Decides on facts and explains it; nothing is done.") { facts, rules, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            if (await PolicyAsync(parsed.GetValue(rules), error, cancellationToken) is not { } policy)
                return ExitCode.Problems;
            FactsSnapshot snapshot;
            try
            {
                // By hand anything may be missing.
                snapshot = JsonSerializer.Deserialize<FactsSnapshot>(await File.ReadAllTextAsync(parsed.GetValue(facts)!.FullName, cancellationToken), Strict) ?? throw new JsonException("There are no facts in it.");
                if (snapshot.Candidates.Any(candidate => candidate is null || candidate.Steps.Any(step => step is null)))
                    throw new JsonException("$.candidates: a candidate is null. Each one says its action, target and effect.");
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
            {
                await error.WriteLineAsync($"{parsed.GetValue(facts)!.Name}: {exception.Message}");
                return ExitCode.Usage;
            }

            var record = Deciding.Decide(snapshot, policy);
            IReadOnlyList<ExplanationRow> table = record.Chosen is { } chosen ? Explanation.Table(chosen) : [];
            if (parsed.GetValue(json))
            {
                await output.WriteLineAsync(JsonSerializer.Serialize(new { record.Verdict, record.Sentence, table, record.Counterfactuals, record.Chosen, record.Alternatives, record.PolicyVersion }, Format));
                return ExitCode.Ok;
            }

            await output.WriteLineAsync(record.Sentence);
            foreach (var row in table)
                await output.WriteLineAsync($"  {row.Kind,-7} {row.Name,-22} {row.Value,-40} {row.ComparedWith,-30} {row.Effect}");
            foreach (var one in record.Counterfactuals)
                await output.WriteLineAsync($"  it would be {one.Verdict} with {one.Change}");
            return ExitCode.Ok;
        });
        return command;
    }

    public static Command CreateBacktest()
    {
        var since = new Option<string>("--since") { Description = "From when on: 7d, 24h or a date.", HelpName = "WHEN", DefaultValueFactory = _ => "30d" };
        var rules = Rules();
        rules.Required = true;
        var json = new Option<bool>("--json") { Description = "Print the differences as JSON." };
        var command = new Command("backtest", "Decides stored decisions again by other rules and shows which would differ.") { since, rules, json };
        ServerClient.AddOptions(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            if (Since(parsed.GetValue(since)!) is not { } from)
            {
                await error.WriteLineAsync($"--since '{parsed.GetValue(since)}' is no time; write 7d, 24h or 2026-03-01.");
                return ExitCode.Usage;
            }

            if (await PolicyAsync(parsed.GetValue(rules), error, cancellationToken) is not { } policy)
                return ExitCode.Problems;
            using var server = ServerClient.From(parsed);
            var (stored, failure) = await StoredAsync(server, from, cancellationToken);
            if (failure is { } failed)
                return await ControlsCommand.FailedAsync(failed.Status, failed.Body, parsed);
            var result = Backtest.Run(stored, policy);
            if (parsed.GetValue(json))
            {
                await output.WriteLineAsync(JsonSerializer.Serialize(result, Format));
                return ExitCode.Ok;
            }

            await output.WriteLineAsync($"{result.Decisions} decisions, {result.Differences.Count} would differ.");
            foreach (var one in result.Differences)
                await output.WriteLineAsync($"  {one.At:yyyy-MM-dd HH:mm} {one.Action} on {one.Target}: {one.Was} -> {one.Would}. {one.Why}");
            await output.WriteLineAsync(result.Caveat);
            return ExitCode.Ok;
        });
        return command;
    }

    public static Command CreateAudit()
    {
        var lastHash = new Option<string?>("--last-hash") { Description = "The hash an earlier verification printed: shows entries cut off the end.", HelpName = "HASH" };
        var verify = new Command("verify", "Recomputes the chain of the audit trail.") { lastHash };
        ServerClient.AddOptions(verify);
        verify.SetAction(async (parsed, cancellationToken) =>
        {
            using var server = ServerClient.From(parsed);
            var query = parsed.GetValue(lastHash) is { } hash ? $"?lastHash={Uri.EscapeDataString(hash)}" : "";
            var (status, body) = await server.SendAsync(HttpMethod.Get, $"api/audit/verify{query}", null, cancellationToken);
            if (status != HttpStatusCode.OK)
                return await ControlsCommand.FailedAsync(status, body, parsed);
            await parsed.InvocationConfiguration.Output.WriteLineAsync(body?.ToJsonString(Format));
            return (bool?)body?["intact"] == true ? ExitCode.Ok : ExitCode.Problems;
        });
        var export = new Command("export", "Prints the audit trail, one entry a line.");
        ServerClient.AddOptions(export);
        export.SetAction(async (parsed, cancellationToken) =>
        {
            using var server = ServerClient.From(parsed);
            for (var after = 0L; ;)
            {
                var (status, body) = await server.SendAsync(HttpMethod.Get, $"api/audit/export?after={after}&take=1000", null, cancellationToken);
                if (status != HttpStatusCode.OK || body is not JsonArray page)
                    return await ControlsCommand.FailedAsync(status, body, parsed);
                foreach (var entry in page)
                {
                    await parsed.InvocationConfiguration.Output.WriteLineAsync(entry!.ToJsonString());
                    after = (long)entry["sequence"]!;
                }

                if (page.Count < 1000)
                    return ExitCode.Ok;
            }
        });
        return new Command("audit", "The append-only audit trail of a server.") { verify, export };
    }

    private static Option<DirectoryInfo?> Rules() => new("--rules") { Description = "Directory with policy.json and rule files; the shipped ones unless said.", HelpName = "DIR" };

    private static async Task<DecisionPolicy?> PolicyAsync(DirectoryInfo? directory, TextWriter error, CancellationToken cancellationToken)
    {
        var path = directory?.FullName ?? GateSetup.RulesDirectory(new ConfigurationBuilder().Build());
        var (files, unreadable) = await LiveSettings.ReadRulesAsync(path, cancellationToken);
        var (policy, problems) = DecisionPolicyReader.Read(files);
        foreach (var problem in unreadable.Concat(problems))
            await error.WriteLineAsync(problem.ToString());
        return policy;
    }

    private static async Task<(List<(string, FactsSnapshot, Verdict)> Stored, (HttpStatusCode Status, JsonNode? Body)? Failure)> StoredAsync(ServerClient server, DateTimeOffset from, CancellationToken cancellationToken)
    {
        List<(string, FactsSnapshot, Verdict)> stored = [];
        for (string? before = null; ;)
        {
            var (status, body) = await server.SendAsync(
                HttpMethod.Get, $"api/decisions?full=true&pageSize=200&since={Uri.EscapeDataString(from.ToString("O", CultureInfo.InvariantCulture))}{(before is null ? "" : $"&before={before}")}", null, cancellationToken);
            if (status != HttpStatusCode.OK || (body as JsonObject)?["items"] is not JsonArray page)
                return ([], (status, body));
            foreach (var one in page)
            {
                before = (string)one!["id"]!;
                if (Enum.TryParse<Verdict>((string?)one["verdict"], ignoreCase: true, out var verdict))
                    stored.Add((before, GateJson.Read<FactsSnapshot>(one["facts"]!.ToJsonString()), verdict));
            }

            if (page.Count < 200)
                return (stored, null);
        }
    }

    private static DateTimeOffset? Since(string text)
    {
        var now = TimeProvider.System.GetUtcNow();
        if (text.Length > 1 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 100_000)
        {
            if (text[^1] == 'd')
                return now.AddDays(-number);
            if (text[^1] == 'h')
                return now.AddHours(-number);
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;
    }
}

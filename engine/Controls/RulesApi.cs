using System.ComponentModel;
using System.Text.RegularExpressions;
using Homelab.Engine.Api;
using Homelab.Engine.Audit;
using Homelab.Engine.Gate;
using Homelab.Engine.Incidents;
using Homelab.Engine.SignIn;
using Homelab.Engine.Storage;
using Homelab.Rules.Decisions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Controls;

/// <summary>The rules as their files are: looked at, checked, tried against decisions that were made, and changed.</summary>
internal static partial class RulesApi
{
    private const int Tried = 500;

    public static IEndpointRouteBuilder MapRules(this IEndpointRouteBuilder api)
    {
        var rules = api.MapGroup("/rules").WithTags("Rules");
        rules.MapGet("", GetAsync).RequireAuthorization(Policies.Viewer).WithName("GetRules").WithSummary("The files of the policy and the rules, and what is wrong with them");
        rules.MapPost("/check", CheckAsync).RequireAuthorization(Policies.Operator).WithName("CheckRules").WithSummary("Say what is wrong with a text in the place of a file; changes nothing");
        rules.MapPost("/try", TryAsync).RequireAuthorization(Policies.Operator).WithName("TryRules").WithSummary("Decide stored facts again with a text in the place of a file; changes nothing");
        rules.MapPut("/{file}", PutAsync).RequireAuthorization(Policies.Admin).WithName("PutRules").WithSummary("Check and save a file of rules; a bad text changes nothing");
        return api;
    }

    private static async Task<Ok<RulesInfo>> GetAsync(LiveSettings settings, CancellationToken cancellationToken)
    {
        var (files, problems) = await LiveSettings.ReadRulesAsync(settings.RulesDirectory, cancellationToken);
        return TypedResults.Ok(new RulesInfo(
            [.. files.Select(file => new RuleFile(file.Key, file.Value))],
            problems.Count > 0 ? problems : (await ReadAsync(null, settings, cancellationToken)).Problems,
            settings.Policy?.Version));
    }

    private static async Task<Results<Ok<RulesCheck>, ProblemHttpResult>> CheckAsync(RuleFile request, LiveSettings settings, CancellationToken cancellationToken) =>
        IsName(request.Name) ? TypedResults.Ok(new RulesCheck((await ReadAsync(request, settings, cancellationToken)).Problems)) : BadName(request.Name);

    private static async Task<Results<Ok<RulesTrial>, ProblemHttpResult>> TryAsync(RulesTryRequest request, LiveSettings settings, DecisionLog log, CancellationToken cancellationToken)
    {
        if (request.File is { } file && !IsName(file.Name))
            return BadName(file.Name);
        var (policy, problems) = await ReadAsync(request.File, settings, cancellationToken);
        if (policy is null)
            return Invalid(problems);
        if (request.DecisionId is not { Length: > 0 } id)
        {
            var stored = (await log.PageAsync(new DecisionFilter(), 0, Tried, cancellationToken)).Rows;
            var result = Backtest.Run(stored.Select(row => (row.Id, GateJson.Read<FactsSnapshot>(row.Facts), Enum.Parse<Verdict>(row.Verdict, ignoreCase: true))), policy);
            return TypedResults.Ok(new RulesTrial(RulesBacktest.Of(result), null, null, []));
        }

        if (await log.FindAsync(id, cancellationToken) is not { } decision)
            return Problems.NotFound("decision", id, "GET /api/decisions lists them.");
        var record = Deciding.Decide(GateJson.Read<FactsSnapshot>(decision.Facts), policy);
        return TypedResults.Ok(new RulesTrial(null, decision.Verdict, DecisionLog.Camel(record.Verdict.ToString()), record.Chosen is { } chosen ? Explanation.Table(chosen) : []) { Sentence = record.Sentence });
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> PutAsync(string file, RuleText request, HttpContext context, LiveSettings settings, Database database, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!IsName(file))
            return BadName(file);
        var changed = new RuleFile(file, request.Text);
        var (policy, problems) = await ReadAsync(changed, settings, cancellationToken);
        if (policy is null)
            return Invalid(problems);
        try
        {
            await settings.SaveRulesAsync(file, request.Text, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Problems.Conflict("file", file, $"It cannot be written: {exception.Message}", $"Let the server write in {settings.RulesDirectory}, or change the file there.");
        }

        var by = Caller.Of(context.User).Name;
        await database.WriteAsync(
            async session =>
            {
                var now = time.GetUtcNow();
                await Ledger.LockAsync(session, now.ToUnixTimeMilliseconds(), cancellationToken);
                await AuditTrail.AppendAsync(session, now, by, "controls.rules", file, new { policy.Version }, cancellationToken);
            },
            cancellationToken);
        return TypedResults.NoContent();
    }

    /// <summary>The files as they are, with one text instead of what is there.</summary>
    private static async Task<(DecisionPolicy? Policy, IReadOnlyList<FileProblem> Problems)> ReadAsync(RuleFile? changed, LiveSettings settings, CancellationToken cancellationToken)
    {
        var (files, problems) = await LiveSettings.ReadRulesAsync(settings.RulesDirectory, cancellationToken);
        if (problems.Count > 0)
            return (null, problems);
        var together = new Dictionary<string, string>(files);
        if (changed is not null)
            together[changed.Name] = changed.Text;
        var (policy, wrong) = DecisionPolicyReader.Read(together);

        // What alerts mean lies beside the rules of decisions and is read by another.
        var alerts = together.TryGetValue(DecisionPolicyReader.IncidentsFile, out var text) ? IncidentRulesReader.Read(text).Problems : [];
        return alerts.Count == 0 ? (policy, wrong) : (null, [.. wrong, .. alerts]);
    }

    private static bool IsName(string name) => Name().IsMatch(name);

    private static ProblemHttpResult BadName(string name) => Problems.Invalid("file", name, "A file of rules has a name of letters, digits and - that ends with .json.", "GET /api/rules lists them.");

    private static ProblemHttpResult Invalid(IReadOnlyList<FileProblem> problems) =>
        Problems.Invalid([.. problems.Select(problem => new Fault($"{problem.File}:{problem.Line} {problem.Path}", null, problem.Message, "Correct it and send it again."))]);

    [GeneratedRegex("^[A-Za-z0-9-]{1,60}\\.json$")]
    private static partial Regex Name();
}

internal sealed record RuleText(string Text);

internal sealed record RuleFile(string Name, string Text);

/// <param name="Version">Of what is in force; null when nothing usable was ever read.</param>
internal sealed record RulesInfo(IReadOnlyList<RuleFile> Files, IReadOnlyList<FileProblem> Problems, string? Version);

internal sealed record RulesCheck(IReadOnlyList<FileProblem> Problems);

internal sealed record RulesTryRequest
{
    [Description("A text in the place of this file; the files as they are where it is left out")]
    public RuleFile? File { get; init; }

    [Description("The decision whose facts are decided again; the last 500 where it is left out")]
    public string? DecisionId { get; init; }
}

internal sealed record RulesTrial(RulesBacktest? Backtest, string? Was, string? Would, IReadOnlyList<ExplanationRow> Table)
{
    public string? Sentence { get; init; }
}

internal sealed record RulesBacktest(int Decisions, IReadOnlyList<RulesDifference> Differences, string Caveat)
{
    public static RulesBacktest Of(BacktestResult result) => new(
        result.Decisions,
        [.. result.Differences.Select(one => new RulesDifference(one.DecisionId, one.At, one.Action, one.Target, DecisionLog.Camel(one.Was.ToString()), DecisionLog.Camel(one.Would.ToString()), one.Why))],
        result.Caveat);
}

internal sealed record RulesDifference(string DecisionId, DateTimeOffset At, string Action, string Target, string Was, string Would, string Why);

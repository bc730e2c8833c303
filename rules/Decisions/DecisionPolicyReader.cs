using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Homelab.Rules.Decisions;

/// <summary>Reads <c>policy.json</c> and the rule sets beside it. Either a policy or every problem of every file; never half of one.</summary>
public static class DecisionPolicyReader
{
    public const string PolicyFile = "policy.json";

    /// <summary>Lies beside them and decides nothing: what alerts mean.</summary>
    public const string IncidentsFile = "incidents.json";

    /// <param name="files">Name to text: <c>policy.json</c> and the rule sets.</param>
    public static (DecisionPolicy? Policy, IReadOnlyList<FileProblem> Problems) Read(IReadOnlyDictionary<string, string> files)
    {
        files = files.Where(file => file.Key != IncidentsFile).ToDictionary();
        List<FileProblem> problems = [];
        List<DecisionRule> rules = [];
        DecisionPolicy? policy = null;
        foreach (var (name, text) in files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            if (ProblemReader.Open(name, text, problems) is not { } reader)
                continue;
            if (name == PolicyFile)
                policy = ReadPolicy(reader, VersionOf(files));
            else
                rules.AddRange(DecisionRuleReader.Read(reader, name));
        }

        if (!files.ContainsKey(PolicyFile))
            problems.Add(new FileProblem(PolicyFile, "$", 1, "The file is missing; without it nothing with an effect is executed."));
        foreach (var twice in rules.GroupBy(rule => rule.Name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
            problems.Add(new FileProblem(twice.Last().Set, "$", 1, $"The rule '{twice.Key}' is there {twice.Count()} times; names are unique over all files."));
        return problems.Count > 0 || policy is null ? (null, problems) : (policy with { Rules = rules }, []);
    }

    private static string VersionOf(IReadOnlyDictionary<string, string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, text) in files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
            hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static DecisionPolicy ReadPolicy(ProblemReader reader, string version)
    {
        var root = reader.Root;
        if (root.ValueKind != JsonValueKind.Object)
            reader.Add("$", "The policy must be an object.");
        reader.Known(root, "$", "confidence", "risk", "matrix", "autonomy", "approval", "limits", "steps");

        var confidence = reader.Object(root, "$", "confidence", "weights", "history");
        var risk = reader.Object(root, "$", "risk", "base");
        var approval = reader.Object(root, "$", "approval", "byEffect", "byAction", "onCriticalTarget");
        return new DecisionPolicy
        {
            Version = version,
            Weights = Weights(reader, confidence),
            Prior = Prior(reader, confidence),
            BaseRisk = BaseRisk(reader, risk),
            Matrix = Matrix(reader, root),
            Autonomy = Autonomy(reader, root),
            EffectApproval = PerChoice<EffectKind, ApprovalClass>(reader, approval, "$.approval", "byEffect"),
            ActionApproval = ByAction(reader, approval),
            CriticalApproval = Critical(reader, approval),
            Limits = Limits(reader, root),
            Steps = Steps(reader, root),
            Rules = [],
        };
    }

    private static ConfidenceWeights Weights(ProblemReader reader, JsonElement confidence)
    {
        const string Path = "$.confidence.weights";
        var weights = reader.Object(confidence, "$.confidence", "weights", "prediction", "historicalSuccess", "impactCertainty", "rollbackFeasibility");
        var read = new ConfidenceWeights(
            reader.Number(weights, Path, "prediction", 0, 1),
            reader.Number(weights, Path, "historicalSuccess", 0, 1),
            reader.Number(weights, Path, "impactCertainty", 0, 1),
            reader.Number(weights, Path, "rollbackFeasibility", 0, 1));
        if (weights.ValueKind == JsonValueKind.Object && Math.Abs(read.Sum - 1) > 1e-6)
            reader.Add(Path, FormattableString.Invariant($"The weights must sum to 1, they sum to {read.Sum:0.####}."));
        return read;
    }

    private static HistoryPrior Prior(ProblemReader reader, JsonElement confidence)
    {
        const string Path = "$.confidence.history";
        var history = reader.Object(confidence, "$.confidence", "history", "priorSuccesses", "priorFailures", "lowerBound", "provenSuccesses");
        return new HistoryPrior(
            reader.Number(history, Path, "priorSuccesses", 0.01, 1000),
            reader.Number(history, Path, "priorFailures", 0.01, 1000),
            reader.Number(history, Path, "lowerBound", 0.001, 0.5),
            reader.Integer(history, Path, "provenSuccesses", 1, 100_000));
    }

    private static Dictionary<(Hazard, Hazard), Risk> BaseRisk(ProblemReader reader, JsonElement risk)
    {
        Dictionary<(Hazard, Hazard), Risk> table = [];
        var rows = reader.Object(risk, "$.risk", "base", [.. Enum.GetValues<Hazard>().Select(Words.Of)]);
        foreach (var data in Enum.GetValues<Hazard>())
        {
            var path = $"$.risk.base.{Words.Of(data)}";
            var row = reader.Object(rows, "$.risk.base", Words.Of(data), [.. Enum.GetValues<Hazard>().Select(Words.Of)]);
            foreach (var availability in Enum.GetValues<Hazard>())
            {
                table[(data, availability)] = row.ValueKind == JsonValueKind.Object
                    ? reader.ChoiceOf<Risk>(ProblemReader.Get(row, Words.Of(availability)), $"{path}.{Words.Of(availability)}")
                    : Risk.High;
            }
        }

        // More hazard is never less risk: a table that says otherwise is a slip of the pen.
        foreach (var ((data, availability), level) in table)
        {
            if ((data > Hazard.None && table[(data - 1, availability)] > level) || (availability > Hazard.None && table[(data, availability - 1)] > level))
                reader.Add($"$.risk.base.{Words.Of(data)}.{Words.Of(availability)}", $"'{Words.Of(level)}' is less than for a smaller hazard.");
        }

        return table;
    }

    private static List<MatrixRow> Matrix(ProblemReader reader, JsonElement root)
    {
        List<MatrixRow> rows = [];
        foreach (var (item, path) in reader.List(root, "$", "matrix"))
        {
            reader.Known(item, path, "risk", "above", "verdict");
            double? above = ProblemReader.Get(item, "above").ValueKind == JsonValueKind.Undefined ? null : reader.Number(item, path, "above", 0, 1);
            var row = new MatrixRow(reader.Choice<Risk>(item, path, "risk"), above, reader.Choice<Verdict>(item, path, "verdict"));
            if (row.Risk == Risk.High && row.Verdict > Verdict.Ask)
                reader.Add($"{path}.verdict", "High risk always needs a person: at most ask.");
            if (rows.Exists(earlier => earlier.Risk == row.Risk && (earlier.Above is null || (row.Above is { } mine && mine >= earlier.Above))))
                reader.Add(path, "An earlier row takes everything this one could; order them from the highest confidence down.");
            if (rows.Exists(earlier => earlier.Risk == row.Risk && earlier.Verdict < row.Verdict))
                reader.Add($"{path}.verdict", "Less confidence must not permit more.");
            rows.Add(row);
        }

        return rows;
    }

    private static Dictionary<AutonomyLevel, AutonomyLimits> Autonomy(ProblemReader reader, JsonElement root)
    {
        Dictionary<AutonomyLevel, AutonomyLimits> levels = [];
        var table = reader.Object(root, "$", "autonomy", [.. Enum.GetValues<AutonomyLevel>().Select(Words.Of)]);
        foreach (var level in Enum.GetValues<AutonomyLevel>())
        {
            var path = $"$.autonomy.{Words.Of(level)}";
            var row = reader.Object(table, "$.autonomy", Words.Of(level), "confidence", "risks");
            var limits = new AutonomyLimits(
                reader.Number(row, path, "confidence", 0, 1),
                reader.List(row, path, "risks").Select(item => reader.ChoiceOf<Risk>(item.Item, item.Path)).ToHashSet());
            if (limits.Risks.Contains(Risk.High))
                reader.Add($"{path}.risks", "High risk always needs a person: no level acts alone on it.");
            if (level > AutonomyLevel.Conservative && levels[level - 1] is var careful && row.ValueKind == JsonValueKind.Object)
            {
                if (careful.Confidence < limits.Confidence)
                    reader.Add($"{path}.confidence", $"This must not be above that of {Words.Of(level - 1)}.");
                if (!careful.Risks.IsSubsetOf(limits.Risks))
                    reader.Add($"{path}.risks", $"This must hold all risks of {Words.Of(level - 1)}.");
            }

            levels[level] = limits;
        }

        return levels;
    }

    private static Dictionary<string, ApprovalClass> ByAction(ProblemReader reader, JsonElement approval)
    {
        Dictionary<string, ApprovalClass> classes = new(StringComparer.OrdinalIgnoreCase);
        var table = reader.Object(approval, "$.approval", "byAction");
        if (table.ValueKind != JsonValueKind.Object)
            return classes;
        foreach (var field in table.EnumerateObject())
        {
            if (field.Name.AsSpan(0, Math.Max(0, field.Name.Length - 1)).Contains('*'))
                reader.Add($"$.approval.byAction.{field.Name}", "A * stands only at the end.");
            classes[field.Name] = reader.ChoiceOf<ApprovalClass>(field.Value, $"$.approval.byAction.{field.Name}");
        }

        return classes;
    }

    private static Dictionary<ApprovalClass, ApprovalClass> Critical(ProblemReader reader, JsonElement approval)
    {
        Dictionary<ApprovalClass, ApprovalClass> raised = [];
        var table = reader.Object(approval, "$.approval", "onCriticalTarget", [.. Enum.GetValues<ApprovalClass>().Select(Words.Of)]);
        foreach (var from in Enum.GetValues<ApprovalClass>())
        {
            if (ProblemReader.Get(table, Words.Of(from)).ValueKind == JsonValueKind.Undefined)
                continue;
            raised[from] = reader.Choice<ApprovalClass>(table, "$.approval.onCriticalTarget", Words.Of(from));
            if (raised[from] < from)
                reader.Add($"$.approval.onCriticalTarget.{Words.Of(from)}", "A critical target must not lower a class.");
        }

        return raised;
    }

    private static LimitVerdicts Limits(ProblemReader reader, JsonElement root)
    {
        const string Path = "$.limits";
        var limits = reader.Object(
            root, "$", "limits", "paused", "breakerOpen", "cooldown", "dailyCap", "targetBudget", "causeBudget", "parentDown", "outsideWindow");
        return new LimitVerdicts
        {
            Paused = AtMostAsk("paused"),
            BreakerOpen = AtMostAsk("breakerOpen"),
            Cooldown = AtMostAsk("cooldown"),
            DailyCap = AtMostAsk("dailyCap"),
            TargetBudget = AtMostAsk("targetBudget"),
            CauseBudget = AtMostAsk("causeBudget"),
            ParentDown = AtMostAsk("parentDown"),
            OutsideWindow = AtMostAsk("outsideWindow"),
        };

        Verdict AtMostAsk(string name)
        {
            var verdict = reader.Choice<Verdict>(limits, Path, name);
            if (verdict > Verdict.Ask)
                reader.Add($"{Path}.{name}", "A limit in force permits at most ask.");
            return verdict;
        }
    }

    private static StepDefaults Steps(ProblemReader reader, JsonElement root)
    {
        const string Path = "$.steps";
        var steps = reader.Object(root, "$", "steps", "prediction", "requestedPrediction", "impactCertainty", "rollback", "rollbackWithoutUndo");
        return new StepDefaults(
            reader.Number(steps, Path, "prediction", 0, 1),
            reader.Number(steps, Path, "requestedPrediction", 0, 1),
            reader.Number(steps, Path, "impactCertainty", 0, 1),
            PerEffect("rollback"),
            PerEffect("rollbackWithoutUndo"));

        Dictionary<EffectKind, double> PerEffect(string name)
        {
            var table = reader.Object(steps, Path, name, [.. Enum.GetValues<EffectKind>().Select(Words.Of)]);
            return Enum.GetValues<EffectKind>().ToDictionary(effect => effect, effect => reader.Number(table, $"{Path}.{name}", Words.Of(effect), 0, 1));
        }
    }

    private static Dictionary<TKey, TValue> PerChoice<TKey, TValue>(ProblemReader reader, JsonElement outer, string path, string name)
        where TKey : struct, Enum
        where TValue : struct, Enum
    {
        var table = reader.Object(outer, path, name, [.. Enum.GetValues<TKey>().Select(Words.Of)]);
        return Enum.GetValues<TKey>().ToDictionary(key => key, key => reader.Choice<TValue>(table, $"{path}.{name}", Words.Of(key)));
    }
}

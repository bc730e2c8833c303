using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Definitions;

/// <summary>What must hold before a definition is saved or published: every problem at once, each with its activity and field.</summary>
internal sealed class DefinitionChecks(DefinitionTypes types, IExpressionChecker expressions, IEnumerable<Gate.EffectCheck> effects)
{
    /// <summary>A draft may be unfinished, but its ids must be usable: what is drawn, connected and run refers to them.</summary>
    public IReadOnlyList<string> BeforeSave(WorkflowDefinition definition)
    {
        List<string> problems = [];
        if (string.IsNullOrWhiteSpace(definition.DefinitionId))
            problems.Add("The workflow has no definition id. Give it one, or leave the field out to get a new one.");
        foreach (var twice in definition.Activities().GroupBy(activity => activity.Id).Where(group => group.Count() > 1))
            problems.Add($"{twice.Count()} activities have the id '{twice.Key}'. Connections refer to ids: give each its own.");
        return problems;
    }

    /// <summary>What keeps it from being published, in words.</summary>
    public IReadOnlyList<string> BeforePublish(WorkflowDefinition definition, DefinitionSnapshot snapshot) =>
        [.. Problems(definition, snapshot).Where(problem => problem.Severity == ProblemSeverity.Error).Select(InWords)];

    /// <summary>"Activity 'Ask', eventName: ...": as Studio, the console and the command line show it.</summary>
    public static string InWords(DefinitionProblem problem) => (problem.ActivityId, problem.Field) switch
    {
        (null, null) => problem.Message,
        (null, { } field) => $"Workflow, {field}: {problem.Message}",
        ({ } activity, null) => $"Activity '{activity}': {problem.Message}",
        var (activity, field) => $"Activity '{activity}', {field}: {problem.Message}",
    };

    /// <summary>Everything that is wrong with it, errors first; what is only doubtful is a warning.</summary>
    public IReadOnlyList<DefinitionProblem> Problems(WorkflowDefinition definition, DefinitionSnapshot snapshot)
    {
        List<DefinitionProblem> problems = [];
        if (string.IsNullOrWhiteSpace(definition.DefinitionId))
            problems.Add(new(ProblemSeverity.Error, null, "definitionId", "The workflow has no definition id. Give it one, or leave the field out to get a new one."));
        problems.AddRange(new DefinitionValidator(expressions, new KnownTypes(types, snapshot)).Validate(definition));
        var (triggers, unusable) = TriggerIndex.Of(definition, types.IsTrigger);
        foreach (var problem in unusable.Select(Error).Concat(triggers.Select(Check).OfType<DefinitionProblem>()))
            if (!problems.Exists(known => known.Severity == ProblemSeverity.Error && known.ActivityId == problem.ActivityId && string.Equals(known.Field, problem.Field, StringComparison.OrdinalIgnoreCase)))
                problems.Add(problem);
        problems.AddRange(TakenEndpoints(definition, triggers, snapshot));
        if (Maintenance.RetentionRule.Problem(definition) is { } retention)
            problems.Add(new(ProblemSeverity.Error, null, "customProperties.retention", retention));
        problems.AddRange(effects.SelectMany(check => check.Forbidden(definition)).Select(message => new DefinitionProblem(ProblemSeverity.Error, null, null, message)));
        return [.. problems.OrderByDescending(problem => problem.Severity)];
    }

    private static DefinitionProblem Error(TriggerProblem problem) => new(ProblemSeverity.Error, problem.ActivityId, problem.Field, problem.Message);

    /// <summary>What the scheduler could not schedule is found here, not in its log.</summary>
    private static DefinitionProblem? Check(WorkflowTrigger trigger)
    {
        var field = trigger.Name switch
        {
            "Elsa.Cron" => "cronExpression",
            "Elsa.Timer" => "interval",
            "Elsa.StartAt" => "dateTime",
            _ => null,
        };
        if (field is null || trigger.Payload[field]?.ToString() is not { } value)
            return null;
        try
        {
            _ = Schedules.Schedule.Parse(trigger.Name, value, trigger.Payload["timeZone"]?.ToString());
            return null;
        }
        catch (FormatException exception)
        {
            return new(ProblemSeverity.Error, trigger.ActivityId, field, exception.Message);
        }
    }

    private static IEnumerable<DefinitionProblem> TakenEndpoints(WorkflowDefinition definition, IReadOnlyList<WorkflowTrigger> triggers, DefinitionSnapshot snapshot)
    {
        var others = snapshot.Triggers.Where(trigger => trigger.Name == "Elsa.HttpEndpoint" && trigger.DefinitionId != definition.DefinitionId).ToLookup(trigger => trigger.Hash);
        foreach (var trigger in triggers.Where(trigger => trigger.Name == "Elsa.HttpEndpoint"))
            foreach (var other in others[trigger.Hash].Take(1))
                yield return new(ProblemSeverity.Error, trigger.ActivityId, "path",
                    $"{trigger.Payload["method"]?.ToString().ToUpperInvariant()} {trigger.Payload["path"]} already starts the workflow '{snapshot.Published.GetValueOrDefault(other.DefinitionId)?.Name ?? other.DefinitionId}'. Choose another path.");
    }

    /// <summary>The catalogue, and what is published as usable as an activity.</summary>
    private sealed class KnownTypes(DefinitionTypes types, DefinitionSnapshot snapshot) : IKnownActivities
    {
        public bool IsKnown(ActivityNode activity) => types.IsKnown(activity, snapshot);

        public IEnumerable<string> RequiredInputs(ActivityNode activity) => types.Find(activity.Type) is { } descriptor
            ? descriptor.InputSchema["required"]?.AsArray().Select(name => (string?)name).OfType<string>() ?? []
            : [];

        public IEnumerable<string>? Outcomes(ActivityNode activity) => types.Find(activity.Type) is not null ? ["Done", "Failed"] : null;
    }
}

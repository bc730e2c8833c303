using System.Collections.Immutable;
using System.Text.Json;

namespace Homelab.Workflows.Definitions;

/// <summary>A state machine's states and transitions: that names are told apart and lead somewhere, that what it waits for is there, and that it does not run in a circle without waiting.</summary>
internal sealed class StateMachineCheck(ActivityNode machine, IExpressionChecker expressions)
{
    private readonly ImmutableArray<MachineState> _states = machine.States ?? [];
    private readonly ImmutableArray<Transition> _transitions = machine.Transitions ?? [];
    private readonly HashSet<string> _names = [.. (machine.States ?? []).Select(state => state.Name).Where(name => !string.IsNullOrWhiteSpace(name))];

    public void Run(List<DefinitionProblem> problems)
    {
        foreach (var field in new[] { "states", "transitions" })
            if (machine.Raw(field) is not null)
                Add(ProblemSeverity.Error, field, $"'{field}' must be a list of objects. Draw the state machine again.");
        States(Add);
        for (var i = 0; i < _transitions.Length; i++)
            One(_transitions[i], $"transitions[{i}]", Add);
        if (Start(Add) is { } start)
            Reach(start, Add);

        void Add(ProblemSeverity severity, string field, string message) => problems.Add(new(severity, machine.Id, field, message));
    }

    private void States(Action<ProblemSeverity, string, string> add)
    {
        foreach (var twice in _states.Where(state => !string.IsNullOrWhiteSpace(state.Name)).GroupBy(state => state.Name).Where(group => group.Count() > 1))
            add(ProblemSeverity.Error, "states", $"{twice.Count()} states are named '{twice.Key}', and transitions refer to names. Rename all but one.");
        for (var i = 0; i < _states.Length; i++)
        {
            if (string.IsNullOrWhiteSpace(_states[i].Name))
                add(ProblemSeverity.Error, $"states[{i}].name", "The state has no name, so no transition can lead to it. Name it.");
            Slots(_states[i].Extra, $"states[{i}]", ["entry", "exit"], add);
        }
    }

    private void One(Transition transition, string field, Action<ProblemSeverity, string, string> add)
    {
        foreach (var (end, name) in new[] { ("from", transition.From), ("to", transition.To) })
            if (!_names.Contains(name))
                add(ProblemSeverity.Error, $"{field}.{end}", $"The transition '{transition.Title}' is never taken: there is no state '{name}'. Choose one of the states.");
        Slots(transition.Extra, field, ["trigger", "action"], add);
        if (transition.Extra.TryGetValue("condition", out var condition) && condition.ValueKind != JsonValueKind.Null)
            add(ProblemSeverity.Error, $"{field}.condition", $"The condition of '{transition.Title}' is none, so it would not be asked. Write {{\"typeName\": \"Boolean\", \"expression\": {{\"type\": \"JavaScript\", \"value\": \"...\"}}}}, or true or false.");
        else if (transition.Condition?.Expression is { } expression)
        {
            if (expressions.Check(expression) is { } problem)
                add(ProblemSeverity.Error, $"{field}.condition", $"The condition of '{transition.Title}' {problem}");
            else if (expression.Type == "Literal" && expression.Value.ToString() is { Length: > 0 } text && !bool.TryParse(text, out _))
                add(ProblemSeverity.Error, $"{field}.condition", $"'{text}' is no Boolean. Write true or false, or an expression that gives one.");
        }

        if (_transitions.FirstOrDefault(always => always.From == transition.From && IsAlways(always)) is { } first && first != transition && !Taken(transition.From).Contains(transition))
            add(ProblemSeverity.Warning, field, $"The transition '{transition.Title}' is never taken: '{first.Title}' has no trigger and no condition, so it is always taken at once. Give that one a trigger to wait for, such as Elsa.Event, or a condition.");
        else if (transition is { Trigger: { } trigger, Condition.Expression: not null } && !FlowchartCheck.Waits(trigger))
            add(ProblemSeverity.Warning, $"{field}.trigger", $"'{trigger.Id}' waits for nothing, so as long as the condition of '{transition.Title}' does not hold it is asked again and again, which ends the run with a fault. Use a trigger that waits, such as Elsa.Timer.");
    }

    /// <summary>An activity that could not be read as one was left where it was.</summary>
    private static void Slots(ImmutableDictionary<string, JsonElement> extra, string field, string[] slots, Action<ProblemSeverity, string, string> add)
    {
        foreach (var slot in slots)
            if (extra.TryGetValue(slot, out var value) && value.ValueKind != JsonValueKind.Null)
                add(ProblemSeverity.Error, $"{field}.{slot}", $"'{slot}' is no activity: it is {DefinitionReader.Describe(value)} without a 'type'. Drag an activity there, or clear it.");
    }

    private string? Start(Action<ProblemSeverity, string, string> add)
    {
        if (_states.Length == 0)
        {
            add(ProblemSeverity.Warning, "states", "The state machine has no states, so it does nothing. Draw some.");
            return null;
        }

        var (start, initial) = (machine.StartState, machine.RawText("initialState"));
        var field = start == initial ? "initialState" : "currentState";
        if (start is null || !_names.Contains(start))
        {
            add(ProblemSeverity.Error, field, $"The state machine cannot start: {(string.IsNullOrWhiteSpace(start) ? "no initial state is chosen" : $"there is no state '{start}'")}. Choose one of: {string.Join(", ", _names)}.");
            return null;
        }

        if (start != initial && !string.IsNullOrWhiteSpace(initial))
            add(ProblemSeverity.Warning, field, $"The state machine starts in its current state '{start}', not in its initial state '{initial}'. Clear the current state, or choose the same.");
        return start;
    }

    private void Reach(string start, Action<ProblemSeverity, string, string> add)
    {
        HashSet<string> reached = [start];
        var queue = new Queue<string>(reached);
        while (queue.TryDequeue(out var state))
            foreach (var transition in Taken(state))
                if (reached.Add(transition.To))
                    queue.Enqueue(transition.To);
        for (var i = 0; i < _states.Length; i++)
            if (reached.Contains(_states[i].Name) && Taken(_states[i].Name) is [_, ..] ways && ways.TrueForAll(way => way is { Trigger: null, Condition.Expression: not null }))
                add(ProblemSeverity.Warning, $"states[{i}]", $"All transitions out of '{_states[i].Name}' have a condition and no trigger, so where none holds the run is stuck. Give one of them a trigger to wait for.");
            else if (_names.Contains(_states[i].Name) && !reached.Contains(_states[i].Name))
                add(ProblemSeverity.Warning, $"states[{i}]", $"No transition leads to the state '{_states[i].Name}' from the start '{start}', so it is never entered. Draw one or remove it.");

        // From states that are left without waiting: where that leads back to one of them, it goes round for ever.
        foreach (var state in reached.Order(StringComparer.Ordinal))
        {
            List<string> round = [state];
            while (Rushes(round[^1]) is { } next)
            {
                if (next == state && round.Order(StringComparer.Ordinal).First() == state)
                    add(ProblemSeverity.Error, "transitions", $"The states {string.Join(" -> ", round.Append(next))} are left without waiting for anything, so it would never end. Give one of their transitions a trigger that waits.");
                if (round.Contains(next))
                    break;
                round.Add(next);
            }
        }
    }

    private bool IsAlways(Transition transition) => transition.Trigger is null && transition.Condition?.Expression is null && !transition.Extra.ContainsKey("trigger") && _names.Contains(transition.To);

    /// <summary>The ways out of a state that can be gone, in the order in which they are asked.</summary>
    private List<Transition> Taken(string state)
    {
        var ways = _transitions.Where(transition => transition.From == state && _names.Contains(transition.To)).OrderBy(transition => transition.Trigger is not null).ToList();
        var always = ways.FindIndex(IsAlways);
        return always < 0 ? ways : ways[..(always + 1)];
    }

    /// <summary>The state that follows at once and always; null where something waits or decides on the way.</summary>
    private string? Rushes(string name)
    {
        var atOnce = Taken(name).Where(transition => transition.Trigger is not { } trigger || !FlowchartCheck.Waits(trigger)).ToList();
        var state = _states.First(state => state.Name == name);
        return atOnce.Count > 0 && atOnce.TrueForAll(transition => transition.Condition?.Expression is null && transition.To == atOnce[0].To)
            && !atOnce.SelectMany(transition => new[] { transition.Trigger, transition.Action }).Append(state.Entry).Append(state.Exit).OfType<ActivityNode>()
                .SelectMany(activity => activity.DescendantsAndSelf()).Any(FlowchartCheck.WaitsOrDecides)
            ? atOnce[0].To
            : null;
    }
}

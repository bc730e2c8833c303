using System.Globalization;
using Homelab.Rules.Values;

namespace Homelab.Rules.Decisions;

/// <summary>A rule over the facts of one candidate. Whatever it says, it can only make a decision more careful.</summary>
/// <param name="Set">The rule set's name.</param>
/// <param name="Message">What to say when it hits; the rule's name where it says nothing.</param>
public sealed record DecisionRule(string Set, string Name, string Expression, string Message, RuleConsequence Consequence)
{
    /// <summary>Compiled once; throws where the facts do not allow it, which counts as a hit.</summary>
    public required Func<Facts, bool> Condition { get; init; }
}

/// <summary>What a hit does. Written in a rule's SuccessEvent: <c>risk +1</c>, <c>risk high</c>, <c>confidence -0.10</c>, <c>class hard</c>, <c>at most ask</c>.</summary>
public abstract record RuleConsequence
{
    private RuleConsequence()
    {
    }

    public sealed record RaiseRisk(int Steps) : RuleConsequence
    {
        public override string ToString() => $"risk +{Steps}";
    }

    public sealed record RiskAtLeast(Risk Risk) : RuleConsequence
    {
        public override string ToString() => $"risk {Words.Of(Risk)}";
    }

    /// <param name="By">Positive.</param>
    public sealed record LowerConfidence(double By) : RuleConsequence
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"confidence -{By:0.00##}");
    }

    public sealed record ClassAtLeast(ApprovalClass Class) : RuleConsequence
    {
        public override string ToString() => $"class {Words.Of(Class)}";
    }

    public sealed record AtMost(Verdict Verdict) : RuleConsequence
    {
        public override string ToString() => $"at most {Words.Of(Verdict)}";
    }

    /// <summary>Null when the text is none of the five forms.</summary>
    public static RuleConsequence? Parse(string text)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts switch
        {
            ["risk", ['+', .. var steps]] when int.TryParse(steps, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n is 1 or 2 =>
                new RaiseRisk(n),
            ["risk", var level] when Words.Read<Risk>(level) is { } risk => new RiskAtLeast(risk),
            ["confidence", ['-', .. var amount]] when double.TryParse(
                amount, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var by) && by is > 0 and <= 1 => new LowerConfidence(by),
            ["class", var name] when Words.Read<ApprovalClass>(name) is { } approval => new ClassAtLeast(approval),
            ["at", "most", var name] when Words.Read<Verdict>(name) is { } verdict => new AtMost(verdict),
            _ => null,
        };
    }
}

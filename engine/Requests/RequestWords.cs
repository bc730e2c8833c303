using System.Globalization;
using System.Text.RegularExpressions;
using Homelab.Engine.Controls;

namespace Homelab.Engine.Requests;

/// <summary>Edits of a plan as people say them: <c>delay the nodes until the weekend</c>, <c>skip the pull</c>, <c>do the check first</c>, <c>do step 3 now</c>.</summary>
internal static partial class RequestWords
{
    /// <returns>The request with the change, or what is not understood.</returns>
    public static (Request? Changed, string Problem) Apply(Request request, string text, DateTimeOffset now, TimeZoneInfo zone)
    {
        var said = Spaces().Replace(text.Trim().TrimEnd('.', '!'), " ");
        if (said.Length is 0 or > 300)
            return (null, "An edit has 1 to 300 characters.");
        if (Delay().Match(said) is { Success: true } delay)
        {
            if (Moments.Read(delay.Groups["when"].Value, now, zone) is not { } at || at <= now)
                return (null, $"“{delay.Groups["when"].Value}” is no time that is to come. Say the weekend, monday, tomorrow at 8:00, 2026-01-31 02:00 or in 2h.");
            return On(request, delay.Groups["what"].Value, step => step with { NotBefore = at });
        }

        if (Now().Match(said) is { Success: true } soon)
            return On(request, soon.Groups["what"].Value, step => step with { NotBefore = null });
        if (Skip().Match(said) is { Success: true } skip)
            return On(request, skip.Groups["what"].Value, step => step with { State = StepState.Skipped, EndedAt = now, Message = "Left out." });
        if (Move().Match(said) is { Success: true } move)
            return Place(request, move.Groups["what"].Value, move.Groups["where"].Value.ToLowerInvariant() is "first" or "front");
        return (null, "This is no edit that is known.");
    }

    /// <summary>The steps that words mean: all of those that were not begun, one by its number, or those that hold the words.</summary>
    private static List<RequestStep> Named(Request request, string what)
    {
        var words = what.Trim().ToLowerInvariant();
        var open = request.Steps.Where(step => step.State == StepState.Pending).ToList();
        if (words is "everything" or "all" or "it" or "it all" or "the rest" or "all of it" or "the plan")
            return open;
        if (Number().Match(words) is { Success: true } number)
            return [.. open.Where(step => step == request.Steps.ElementAtOrDefault(int.Parse(number.Groups[1].Value, CultureInfo.InvariantCulture) - 1))];
        var told = words.Split(' ').Where(word => word is not ("the" or "a" or "an" or "my" or "our" or "step" or "steps" or "all" or "of")).Select(word => word.Length > 3 && word[^1] == 's' ? word[..^1] : word).ToList();
        return told.Count == 0 ? [] : [.. open.Where(step => told.TrueForAll(word => $"{step.Title} {step.Activity} {step.Input?.ToJsonString()}".Contains(word, StringComparison.OrdinalIgnoreCase)))];
    }

    private static (Request?, string) On(Request request, string what, Func<RequestStep, RequestStep> change)
    {
        var named = Named(request, what);
        return named.Count == 0 ? (null, None(what)) : (named.Aggregate(request, (changed, step) => changed.With(change(step))), "");
    }

    private static (Request?, string) Place(Request request, string what, bool first)
    {
        var named = Named(request, what);
        if (named.Count == 0)
            return (null, None(what));
        var others = request.Steps.Where(step => !named.Contains(step)).ToList();
        var at = first ? others.FindLastIndex(step => !step.MayChange) + 1 : others.Count;
        others.InsertRange(at, named);
        return (request with { Steps = others }, "");
    }

    private static string None(string what) => $"No step that was not begun is called “{what.Trim()}”.";

    [GeneratedRegex(@"^(please )?(delay|postpone|move|put off|wait with|do|start|run) (?<what>.+?) (until |till |to |by )?(?<when>(in |for )?\d+(\.\d+)? ?(m|min|minutes?|h|hours?|d|days?|w|weeks?)|(on |the |next |at )*(today|tonight|tomorrow|weekend|week|(mon|tues|wednes|thurs|fri|satur|sun)day|\d{4}-\d\d-\d\d|\d{1,2}:\d\d)( ?(at )?\d{1,2}:\d\d)?|(?<=(until|till) ).+)$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Delay();

    [GeneratedRegex(@"^(please )?(do not (delay|wait with) (?<what>.+)|(do|start|run) (?<what>.+) now)$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Now();

    [GeneratedRegex(@"^(please )?(skip|leave out|omit|drop|without|forget) (?<what>.+)$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Skip();

    [GeneratedRegex(@"^(please )?(do|move|put|start with) (?<what>.+?) (to the )?(?<where>first|last|front|end)$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Move();

    [GeneratedRegex(@"^(?:the )?(?:step )?#?(\d{1,2})$", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}

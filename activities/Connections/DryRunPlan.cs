using System.Text.Json.Nodes;

namespace Homelab.Activities;

/// <summary>What a dry run held back at the clients' doors, in order. Written by one step at a time.</summary>
public sealed class DryRunPlan
{
    private readonly List<string> _held = [];

    /// <summary>"POST /containers/web/restart?t=10", "systemctl restart nginx": what would have been sent first.</summary>
    public IReadOnlyList<string> Held => _held;

    internal JsonObject ToJson() => new() { ["dryRun"] = true, ["planned"] = new JsonArray([.. _held.Select(line => JsonValue.Create(line))]) };

    /// <summary>Says beforehand what an activity of several steps is going to do; the door itself adds only the first.</summary>
    internal void Intend(ActivityContext context, params IEnumerable<string> steps)
    {
        if (context.DryRun)
            _held.AddRange(steps);
    }

    /// <summary>Every client calls this before it sends anything that changes something; in a dry run it does not return.</summary>
    internal static void Door(ActivityContext context, string what)
    {
        if (!context.DryRun)
            return;
        context.Plan._held.Add(what);
        throw new DryRunStop();
    }
}

/// <summary>Ends a dry run at the door; only the invoker catches it.</summary>
internal sealed class DryRunStop : Exception;

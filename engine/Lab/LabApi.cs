using System.ComponentModel;
using Homelab.Engine.Api;
using Homelab.Engine.Lab.World;
using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Lab;

/// <summary>The simulated homelab as the console shows it. The routes are there only while a lab runs, and the page with them.</summary>
internal static class LabApi
{
    public static IEndpointRouteBuilder MapLab(this IEndpointRouteBuilder app)
    {
        if (app.ServiceProvider.GetService<LabRunner>() is null)
            return app;
        var lab = app.MapGroup("/api/lab").WithTags("Lab");
        lab.MapGet("", Look).RequireAuthorization(Policies.Viewer).WithName("GetLab").WithSummary("The simulated homelab: what is there, what is wrong, what happened lately");
        lab.MapGet("/faults", Kinds).RequireAuthorization(Policies.Viewer).WithName("ListLabFaults").WithSummary("What can go wrong, and with what");
        lab.MapPost("/faults", Strike).RequireAuthorization(Policies.Operator).WithName("StrikeLabFault").WithSummary("Let something go wrong");
        lab.MapDelete("/faults/{id}", End).RequireAuthorization(Policies.Operator).WithName("EndLabFault").WithSummary("End a fault by hand");
        return app;
    }

    private static Ok<LabInfo> Look(LabRunner runner)
    {
        var homelab = runner.Lab.Homelab;
        lock (homelab.Sync)
            return TypedResults.Ok(LabInfo.Of(homelab, runner.Script?.Now));
    }

    private static Ok<Listing<LabFaultKind>> Kinds(LabRunner runner, [AsParameters] Paging paging)
    {
        var homelab = runner.Lab.Homelab;
        lock (homelab.Sync)
        {
            LabFaultKind[] all = [.. FaultKind.All.Where(kind => !kind.IsTrap).Select(kind => new LabFaultKind(kind.Name, kind.Title, kind.On, Targets(homelab, kind.On)))];
            return TypedResults.Ok(Listing<LabFaultKind>.Of([.. all.Skip(paging.Skip).Take(paging.Size)], paging, all.Length));
        }
    }

    private static Results<Created<LabFault>, ProblemHttpResult> Strike(FaultRequest request, LabRunner runner)
    {
        var homelab = runner.Lab.Homelab;
        try
        {
            lock (homelab.Sync)
            {
                var fault = homelab.Strike(request);
                return TypedResults.Created($"/api/lab/faults/{fault.Id}", LabFault.Of(fault));
            }
        }
        catch (ArgumentException exception)
        {
            return Problems.Invalid("fault", $"{request.Kind} on {request.Target}", exception.Message, "GET /api/lab/faults lists the kinds with what they can strike.");
        }
    }

    private static Results<NoContent, ProblemHttpResult> End(string id, LabRunner runner)
    {
        var homelab = runner.Lab.Homelab;
        lock (homelab.Sync)
        {
            if (homelab.Faults.Find(fault => fault.Id == id) is not { } fault)
                return Problems.NotFound("fault", id, "GET /api/lab shows the faults there are.");
            homelab.End(fault, "itself");
            return TypedResults.NoContent();
        }
    }

    private static IReadOnlyList<string> Targets(World.Homelab homelab, string on) => on switch
    {
        "container" => [.. homelab.Containers.Where(container => !container.IsAside).Select(container => container.Name)],
        "guest" => [.. homelab.Guests.Select(machine => machine.Name)],
        "machine" => [.. homelab.Machines.Select(machine => machine.Name)],
        "unit" => [.. homelab.Units.Where(unit => !unit.OneShot).Select(unit => $"{unit.Machine.Name}/{unit.Name}")],
        "site" => [.. homelab.Containers.Where(container => container is { Site: not null, IsAside: false }).Select(container => container.Name)],
        "table" => [.. homelab.Database.Tables.Keys],
        _ => ["main"],
    };
}

internal sealed record LabFaultKind(string Name, string Title, string On, IReadOnlyList<string> Targets);

internal sealed record LabFault(string Id, string Kind, string Title, string Target, DateTimeOffset At, DateTimeOffset? EndedAt, string? EndedBy)
{
    public static LabFault Of(World.Fault fault) => new(fault.Id, fault.Kind.Name, fault.Kind.Title, fault.Target, fault.At, fault.EndedAt, fault.EndedBy);
}

/// <param name="State">running, exited, stopped, unreachable, ...</param>
internal sealed record LabThing(string Name, string Kind, string? On, string State, bool Well, string? Detail);

internal sealed record LabHappening(long Number, DateTimeOffset At, string Kind, string Text);

internal sealed record LabInfo
{
    public required DateTimeOffset Now { get; init; }

    [Description("What the script of the first minute shows now.")]
    public string? Script { get; init; }

    public required IReadOnlyList<LabThing> Things { get; init; }

    [Description("Those that last, and the last that ended.")]
    public required IReadOnlyList<LabFault> Faults { get; init; }

    [Description("Newest first: fault, action, effect, alert, message.")]
    public required IReadOnlyList<LabHappening> Happenings { get; init; }

    public static LabInfo Of(World.Homelab homelab, string? script) => new()
    {
        Now = homelab.Now,
        Script = script,
        Things =
        [
            .. homelab.Machines.Select(machine => new LabThing(
                machine.Name, machine.Guest is { } guest ? $"guest {guest.Vmid}" : "host", machine.Guest?.Node.Name, machine.IsReachable ? "running" : machine.IsUp ? "unreachable" : "stopped", machine.IsReachable,
                $"disk {machine.Disk.UsedPart:P0}")),
            .. homelab.Containers.Where(container => !container.IsAside).Select(container => new LabThing(
                container.Name, "container", container.Machine.Name, container.Machine.IsReachable ? container.Health is { } health && container.IsRunning ? $"{container.State} ({health})" : container.State : "unreachable",
                homelab.IsWell(container.Name), container.IsRunning ? $"memory {(double)container.Memory / Math.Max(1, container.MemoryLimit):P0} of {container.MemoryLimit >> 20} MiB" : $"exit code {container.ExitCode}")),
            .. homelab.Units.Where(unit => unit.Name is not ("ssh.service" or "cron.service") && !unit.OneShot).Select(unit => new LabThing(
                unit.Name, "unit", unit.Machine.Name, unit.Active, unit.Works, null)),
            new LabThing("main", "database", homelab.Database.Machine.Name, homelab.Serves("postgresql") ? "running" : "down", homelab.IsWell("main"), $"{homelab.Database.Connections} of {homelab.Database.MaxConnections} connections"),
        ],
        Faults = [.. homelab.Faults.Where(fault => !fault.Kind.IsTrap).OrderByDescending(fault => fault.IsActive).ThenByDescending(fault => fault.At).Take(20).Select(LabFault.Of)],
        Happenings = [.. homelab.Happenings.Reverse().Take(100).Select(happening => new LabHappening(happening.Number, happening.At, happening.Kind, happening.Text))],
    };
}

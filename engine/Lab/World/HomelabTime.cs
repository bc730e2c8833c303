namespace Homelab.Engine.Lab.World;

/// <summary>How the homelab goes on by itself.</summary>
internal sealed partial class Homelab
{
    private static readonly TimeSpan CheckDelay = TimeSpan.FromSeconds(3);

    /// <summary>Lets time pass, in steps of at most a second, so that it does not matter how often it is looked at.</summary>
    public void PassTo(DateTimeOffset now)
    {
        while (Now < now)
        {
            var step = now - Now < TimeSpan.FromSeconds(1) ? now - Now : TimeSpan.FromSeconds(1);
            Now += step;
            Step(step.TotalSeconds);
        }
    }

    private void Step(double seconds)
    {
        foreach (var fault in ActiveFaults.ToList())
            Continue(fault, seconds);
        foreach (var container in Containers)
            Step(container, seconds);
        foreach (var machine in Machines)
        {
            foreach (var unit in machine.Units.Where(unit => unit.DiesAt <= Now))
            {
                unit.DiesAt = null;
                Fail(unit);
            }

            var containers = Containers.Where(container => container.Machine == machine && container.IsRunning).Sum(container => container.Cpu)
                + ActiveFaults.Where(fault => fault.Kind.Name == "service_busy" && Unit(fault.Target)!.Machine == machine).Sum(fault => fault.Amount); // Strike has seen it
            machine.Load = machine.IsUp ? Math.Min(1, (0.08 + (containers / machine.Cores)) * Noise(0.1)) : 0;
            machine.CpuSeconds += machine.Load * machine.Cores * seconds;
        }
    }

    private void Step(Container container, double seconds)
    {
        if (!container.Machine.IsUp)
            return;
        if (container.DiesAt <= Now)
        {
            container.DiesAt = null;
            Stop(container, exitCode: 1);
        }

        if (container.RestartsAt <= Now && container.State is ("restarting" or "exited") && Has(container, "restart_loop") is null)
        {
            container.Restarts++;
            StartProcess(container);
        }

        if (!container.IsRunning)
            return;
        Consume(container, seconds);
        if (container.HasCheck)
            Check(container);
    }

    private void Consume(Container container, double seconds)
    {
        var cpu = Has(container, "high_cpu") is { } busy ? busy.Amount : Has(container, "log_flood") is not null ? 0.6 : 0.03;
        container.Cpu = Math.Min(cpu * Noise(0.1), container.Processors > 0 ? container.Processors : container.Machine.Cores);
        container.CpuSeconds += container.Cpu * seconds;
        if (Has(container, "memory_leak") is { } leak)
            container.Memory += (long)(leak.Amount * (1 << 20) * seconds);
        else if (Has(container, "high_memory") is { } high)
            container.Memory = (long)(container.MemoryLimit * high.Amount * Noise(0.01));
        else
            container.Memory += (long)(((container.MemoryBase * Noise(0.04)) - container.Memory) * Math.Min(1, seconds / 5));
        if (container.MemoryLimit > 0 && container.Memory >= container.MemoryLimit)
        {
            Write(container, "Killed", isError: true);
            container.OutOfMemory = true;
            Stop(container, exitCode: 137);
            container.RestartsAt = Now + Relapse;
        }
    }

    private void Check(Container container)
    {
        if (Now - container.StartedAt < CheckDelay)
            return;
        var good = Has(container, "lying_check_bad") is null && (Has(container, "lying_check_good") is not null || Serves(container));
        container.FailingStreak = good ? 0 : container.FailingStreak + 1;
        container.CheckOutput = good ? "HTTP/1.1 200 OK" : container.Needs.FirstOrDefault(need => !Serves(need)) is { } missing
            ? $"HTTP/1.1 503 Service Unavailable: cannot reach {missing}"
            : "curl: (28) Operation timed out after 3001 milliseconds";
        var health = good ? "healthy" : container.FailingStreak >= 3 ? "unhealthy" : container.Health;
        if (health == container.Health)
            return;
        container.Health = health;
        Happened(container, $"health_status: {health}");
        if (health == "unhealthy")
            Write(container, container.Needs.FirstOrDefault(need => !Serves(need)) is { } need ? $"ERROR cannot connect to {need}: connection refused" : "WARN request queue is full, 128 waiting", isError: true);
    }

    private void StartProcess(Container container)
    {
        (container.State, container.StartedAt, container.FinishedAt, container.RestartsAt, container.DiesAt) = ("running", Now, null, null, null);
        (container.ExitCode, container.OutOfMemory, container.FailingStreak) = (0, false, 0);
        container.Health = container.HasCheck ? "starting" : null;
        container.Memory = container.MemoryBase / 2;
        Happened(container, "start");
        Write(container, $"{container.Name} {container.Image} started");
    }

    private void Stop(Container container, int exitCode)
    {
        if (container.State is "exited" or "created")
            return;
        (container.State, container.ExitCode, container.FinishedAt, container.Memory, container.Cpu) = ("exited", exitCode, Now, 0, 0);
        container.Health = container.HasCheck ? "unhealthy" : null;
        if (Has(container, "restart_loop") is not null)
            (container.State, container.RestartsAt) = ("restarting", Now + Relapse);
        Happened(container, "die", exitCode);
    }

    private Fault? Has(Container container, string kind) => ActiveFaults.FirstOrDefault(fault => fault.Kind.Name == kind && fault.Target == container.Name);

    private void Write(Container container, string text, bool isError = false)
    {
        container.Log.AddLast(new LogEntry(Now, text, isError));
        container.LogBytes += text.Length + 40;
        if (container.Log.Count > 1000)
            container.Log.RemoveFirst();
    }

    /// <summary>What the engine's event stream says.</summary>
    public LinkedList<EngineEvent> EngineEvents { get; } = [];

    private void Happened(Container container, string action, int? exitCode = null)
    {
        EngineEvents.AddLast(new EngineEvent(Now, action, container.Id, container.Name, container.Image, exitCode));
        if (EngineEvents.Count > 2000)
            EngineEvents.RemoveFirst();
    }
}

internal sealed record EngineEvent(DateTimeOffset At, string Action, string Id, string Name, string Image, int? ExitCode);

using Homelab.Engine.Lab.World;

namespace Homelab.Engine.Lab;

/// <summary>
/// What a newcomer watches: a crash that is healed by itself, something that waits for a yes, something whose fix does not help and is taken back. Each begins when the one
/// before is over, or has been looked at for long enough.
/// </summary>
internal sealed class FirstMinute(LabHost lab, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private static readonly Act[] Acts =
    [
        new("A container crashes. It is started again, and looking shows that it helped.", TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(60), new() { Kind = "container_crash", Target = "wiki" }),
        new("A critical service hangs. Restarting it waits for your yes: look under Approvals.", TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(20), new() { Kind = "container_unhealthy", Target = "vaultwarden" }),
        new("A container runs short of memory. Giving it more does not help, so that is taken back.", TimeSpan.FromSeconds(4), TimeSpan.FromMinutes(3), new() { Kind = "high_memory", Target = "paperless", Cure = [] }),
    ];

    private volatile string _now = "In a moment the first thing goes wrong.";

    /// <summary>What is shown now, in a sentence.</summary>
    public string Now => _now;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var act in Acts)
            {
                await Task.Delay(act.After, time, cancellationToken);
                Fault fault;
                lock (lab.Homelab.Sync)
                    fault = lab.Homelab.Strike(act.Fault);
                _now = act.Words;
                var until = time.GetUtcNow() + act.AtMost;
                while (fault.IsActive && time.GetUtcNow() < until)
                    await Task.Delay(Look, time, cancellationToken);
            }

            _now = "That was the first minute. Break something yourself with the buttons below.";
        }
        catch (OperationCanceledException)
        {
            // The lab is stopped.
        }
    }

    private sealed record Act(string Words, TimeSpan After, TimeSpan AtMost, FaultRequest Fault);
}

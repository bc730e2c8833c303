namespace Homelab.Engine.Runs;

/// <summary>A run's id: 32 lower-case hex digits of a version 7 GUID, so that ids sort by the time of their start.</summary>
public readonly record struct RunId(string Value)
{
    public static RunId New(DateTimeOffset now) => new(Guid.CreateVersion7(now).ToString("N"));

    public override string ToString() => Value;
}

namespace Homelab.Engine.Cli;

/// <summary>What scripts branch on; stable.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>It ran and found something wrong: an invalid definition, a faulted run, a failed check.</summary>
    public const int Problems = 1;

    /// <summary>The command line or the configuration is wrong; nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>Something it needs could not be reached: the server, the database, a port.</summary>
    public const int Unreachable = 3;

    /// <summary>The gate, or a person, said no; nothing was done.</summary>
    public const int Refused = 4;

    /// <summary>It waits for a person's answer; it goes on by itself when that comes.</summary>
    public const int Waits = 5;
}

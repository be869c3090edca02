/**
 * The trackers: what each kind of issue tracker's URLs look like, how it is asked about one bug or many, and what its
 * answers mean. What an author of an extension sees is all here: {@link org.bugloss.trackers.IssueTracker}, {@link
 * org.bugloss.trackers.BugUrl}, {@link org.bugloss.trackers.BugDetails} and {@link org.bugloss.trackers.TrackerApi}.
 *
 * <p>One file a tracker. A tracker is a CDI bean that is found by its type: there is no list to edit, and {@link
 * org.bugloss.trackers.Trackers} only looks at which of them the administrator enabled.
 */
package org.bugloss.trackers;
